"""The step kinds, one module per family, and what they stand on: calls, people, forms, records, encoding.

`tasks.registry.load_kinds` gives them all by name; `tasks.registry.step_kind` registers one of your own.
"""
