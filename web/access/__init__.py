"""Who may do what with what, and the trace that looking leaves."""
