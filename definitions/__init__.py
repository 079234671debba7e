"""The language: definitions as text, checked and linked into plans. No database, no clock, no network."""
