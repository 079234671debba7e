"""The commands, a module per group. Each module imports what it needs inside its functions."""
