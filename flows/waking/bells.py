"""A bell wakes a thread that waits for work. Ringing is a hint: whoever hears it looks at the database."""

import threading


class Bell:
    """Rings for one listener; a ring while it does not listen is kept, several count as one."""

    def __init__(self) -> None:
        self._rung = threading.Event()

    def ring(self) -> None:
        """Wake the listener, now or when it next waits."""
        self._rung.set()

    def wait(self, seconds: float) -> bool:
        """Wait until it rings, at most so long; says whether it rang."""
        rang = self._rung.wait(seconds)
        self._rung.clear()
        return rang
