"""Prefect's server, which can be killed and starts again on its port."""

import os
import signal
import threading
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

from ops.prefect_server import serving
from ops.settings import load_settings


class PrefectServer:
    """The server of a home; it answers when this is made."""

    def __init__(self, home: Path) -> None:
        self._settings = load_settings({"CASEWRIGHT_HOME": str(home)})
        self._stack = ExitStack()
        self._starting: threading.Thread | None = None
        self.api, self._process = self._stack.enter_context(serving(self._settings))
        self._port = urlsplit(self.api).port

    @property
    def up(self) -> bool:
        """Whether it has come back from the last kill."""
        return self._starting is None or not self._starting.is_alive()

    def kill(self) -> None:
        """It is gone now; in a thread it starts again, which takes some seconds."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._starting = threading.Thread(target=self._start, daemon=True)
        self._starting.start()

    def wait(self) -> None:
        """Until it has come back."""
        if self._starting is not None:
            self._starting.join()

    def stop(self) -> None:
        """End it."""
        self.wait()
        self._stack.close()

    def _start(self) -> None:
        self._stack.close()
        _, self._process = self._stack.enter_context(serving(self._settings, self._port))
