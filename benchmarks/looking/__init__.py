"""What pages cost to read in a large department: its records in bulk, and the reads of its people."""
