"""Step kinds that wait for time."""
