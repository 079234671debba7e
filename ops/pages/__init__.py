"""What the command line shows: cases, tasks, reports, progress; as text and as JSON."""
