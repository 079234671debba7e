"""The JSON API: what a page does, a program can do too. Errors have one shape (RFC 9457)."""
