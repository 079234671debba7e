"""Accounts, access, the audit, and processes."""
