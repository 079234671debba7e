"""Contacts that say the same."""
