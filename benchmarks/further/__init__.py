"""Measures of Casewright alone: the safety alert, the lone case, full stores, several workers, sealing."""
