"""Referrals to services: consent, what is disclosed, what becomes of them."""
