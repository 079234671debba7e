"""Commands about a case, and about what runs for it."""
