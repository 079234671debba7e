"""What they show of definitions and of what runs."""
