"""What pages and the API show, read from rows. Nothing is changed here but the trace that looking leaves."""
