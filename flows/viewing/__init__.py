"""What people look at: a case with its steps, from the journal and the records. Nothing is changed here."""
