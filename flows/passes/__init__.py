"""What a pass over a batch is made of: its members, how it groups them, how it ends and what it tells."""
