"""Scores, sums and calculated values."""
