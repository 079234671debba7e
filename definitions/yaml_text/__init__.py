"""YAML text made into a tree of values that know where they stand."""
