"""Commands about people: new contacts, and those around a client."""
