"""What the checker looks at, one noun per module: shape, names, types, order, absence."""
