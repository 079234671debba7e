"""A form in the browser: its fields from the definition, what stands in them, which are asked."""
