"""What they show of accounts, the audit and reviews."""
