"""What a process gives to the one that starts it: the names under `outputs:`, with the types of their
values.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from threading import RLock

from definitions.types import Type, Unknown


class ProcessOutputs(Mapping[str, Type]):
    """The outputs of a process by name. Their types are found out when somebody asks, since that takes a look
    at the whole definition; in a circle of processes the types of the one that was asked first are unknown.
    """

    def __init__(self, names: Iterable[str], find: Callable[[], Mapping[str, Type]]) -> None:
        self._names = tuple(names)
        self._find = find
        self._found: Mapping[str, Type] | None = None
        self._asked = False
        self._lock = RLock()

    def __getitem__(self, name: str) -> Type:
        if name not in self._names:
            raise KeyError(name)
        with self._lock:
            if self._found is None and not self._asked:
                self._asked = True
                try:
                    self._found = self._find()
                finally:
                    self._asked = False
            return Unknown() if self._found is None else self._found.get(name, Unknown())

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
