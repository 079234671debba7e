"""Logging in, and choosing a password."""
