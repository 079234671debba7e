"""What they show of human tasks."""
