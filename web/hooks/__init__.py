"""Outgoing webhooks as administrators see to them: made, tried, paused, removed; their secrets."""
