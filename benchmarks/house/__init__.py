"""Casewright's side of the benchmark: a department, its clients, and what its people do."""
