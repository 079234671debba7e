"""Finding, making and changing records, and what definitions can say about them."""
