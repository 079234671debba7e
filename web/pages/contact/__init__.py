"""New contacts, and the public form."""
