"""Accounts: passwords, second factors, sessions, and how guessing is slowed down."""
