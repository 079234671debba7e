"""Commands about who is here, on duty, and how they hear of work."""
