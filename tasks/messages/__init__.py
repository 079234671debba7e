"""The step kinds that write to people outside."""
