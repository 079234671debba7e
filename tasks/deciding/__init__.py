"""Decisions by tables."""
