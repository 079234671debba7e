"""Files of answers, as people write them: YAML with the loader of the language, so that every mistake has a
place.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from definitions import DefinitionError, read
from flows.script import Script
from ops.errors import OpsError


def read_script(path: Path | None) -> Script | None:
    """The answers script in a file; None for None. DefinitionError for bad YAML, ScriptError for keys that
    do not fit.
    """
    return None if path is None else Script.read(read_mapping(path))


def read_mapping(path: Path) -> Mapping[str, Any]:
    """The keys and values of a YAML (or JSON) file. DefinitionError with every problem of its text."""
    document = read(path)
    if document.diagnostics:
        raise DefinitionError(document.diagnostics)
    value = document.value()
    if not isinstance(value, dict):
        raise OpsError(f"{path} is not a group of keys", action="write one `key: value` on each line")
    return value
