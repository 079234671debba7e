"""One step of one instance: what may happen next, doing it, and how it ends, fails or is taken back."""
