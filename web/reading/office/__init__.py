"""What they show of teams, duty and weeks."""
