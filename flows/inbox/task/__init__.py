"""Commands about one human task."""
