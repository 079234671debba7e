"""Putting work in front of people: human tasks, who holds a role, forms and their answers, what is due."""
