"""The demo: synthetic households, what people do with their intakes, and what comes of it."""
