"""Processes that may die: a function in a fork, a kill at a fault point, many of them beside each other."""

import os
import pickle
import selectors
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from functools import partial
from typing import Any, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

Reach = Callable[[str], None]


def dies(act: Callable[[Reach], None], point: str, times: int) -> bool:
    """Run `act` in a fork that kills itself when it comes to the point for the n-th time; whether it did.

    An error of `act` itself is printed and raised here.
    """
    pid = os.fork()
    if pid == 0:
        _run_and_exit(lambda: act(_killing(point, times)))
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    if os.waitstatus_to_exitcode(status) != 0:
        raise AssertionError(f"the process failed on its way to {point}; its error is printed above")
    return False


def passed(act: Callable[[Reach], None]) -> Counter[str]:
    """How often an undisturbed run passes each point."""
    seen: Counter[str] = Counter()
    act(lambda point: seen.update([point]))
    return seen


def _killing(point: str, times: int) -> Reach:
    left = [times]

    def reach(here: str) -> None:
        left[0] -= here == point
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return reach


def _run_and_exit(act: Callable[[], None]) -> None:
    code = 1
    try:
        act()
        code = 0
    except BaseException:  # a fork must never return into the test runner
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


class Pool(Generic[K, T]):
    """Runs cases in forks, as many at once as there are `workers`, in their order; `result` waits for one.

    What a case returns must be picklable; what it raises is raised by `result`, as text.
    """

    def __init__(self, cases: Mapping[K, Callable[[], T]], workers: int = 2) -> None:
        self._waiting = dict(cases)
        self._running: dict[int, tuple[K, int, list[bytes]]] = {}
        self._ended: dict[K, tuple[bool, Any]] = {}
        self._workers = workers
        self._selector = selectors.DefaultSelector()

    def result(self, key: K) -> T:
        """What the case returned. It is begun next if it has not begun."""
        if key in self._waiting:
            self._waiting = {key: self._waiting.pop(key), **self._waiting}
        while key not in self._ended:
            self._fill()
            if not self._running:
                raise KeyError(key)
            self._read()
        good, value = self._ended[key]
        if not good:
            raise AssertionError(value)
        return value  # type: ignore[no-any-return]

    def ended(self) -> dict[K, T]:
        """What the cases returned that have ended so far."""
        return {key: value for key, (good, value) in self._ended.items() if good}

    def close(self) -> None:
        """End what is still running."""
        for _, pid, _ in self._running.values():
            os.killpg(pid, signal.SIGKILL)  # with the forks that it has made itself
            os.waitpid(pid, 0)
        for pipe in self._running:
            os.close(pipe)
        self._selector.close()

    def _fill(self) -> None:
        while self._waiting and len(self._running) < self._workers:
            key = next(iter(self._waiting))
            case = self._waiting.pop(key)
            reading, writing = os.pipe()
            pid = os.fork()
            if pid == 0:
                os.setpgid(0, 0)
                os.close(reading)
                _run_and_exit(partial(_report, case, writing))
            os.close(writing)
            os.setpgid(pid, pid)  # in both, since either may come first
            self._running[reading] = (key, pid, [])
            self._selector.register(reading, selectors.EVENT_READ)

    def _read(self) -> None:
        for ready, _ in self._selector.select():
            pipe = ready.fd
            key, pid, parts = self._running[pipe]
            part = os.read(pipe, 65_536)
            if part:
                parts.append(part)
                continue
            self._selector.unregister(pipe)
            os.close(pipe)
            os.waitpid(pid, 0)
            del self._running[pipe]
            self._ended[key] = pickle.loads(b"".join(parts)) if parts else (False, f"{key}: the fork died")


def _report(case: Callable[[], Any], pipe: int) -> None:
    try:
        answer = (True, case())
    except BaseException:  # told to the one who waits for it
        answer = (False, traceback.format_exc())
    with os.fdopen(pipe, "wb") as file:
        file.write(pickle.dumps(answer))
