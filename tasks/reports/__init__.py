"""Reports by team and month."""
