"""Whatever stands in a definition, the checker answers with diagnostics inside the file or with a plan."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from definitions import Catalogue, check, explain, materials, parse, process_files, read

WRONG: list[Any] = [
    [],
    {},
    3,
    True,
    None,
    "",
    "x",
    "yes",
    "= inputs",
    "= nothing.x",
    "= inputs.client",
    "{{ x }}",
    "1 day before due",
    "group x",
    [[]],
    ["a", "a"],
    {"a": {"b": [1]}},
    {"first": []},
]
SHIPPED = [read(path).value() for path in process_files()]


def paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, each in entries:
        yield (*path, key)
        yield from paths(each, (*path, key))


PLACES = [(number, path) for number, value in enumerate(SHIPPED) for path in paths(value)]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_wrong_value_anywhere_is_answered(real_catalogue: Catalogue, data: st.DataObject) -> None:
    number, _ = data.draw(st.sampled_from(PLACES))
    changed = copy.deepcopy(SHIPPED[number])
    for path in data.draw(
        st.lists(st.sampled_from([p for n, p in PLACES if n == number]), min_size=1, max_size=4)
    ):
        _replace(changed, path, data.draw(st.sampled_from(WRONG)), remove=data.draw(st.booleans()))
    document = parse(json.dumps(changed).encode(), "changed.yaml")
    found = check(document, real_catalogue)
    for each in found.diagnostics:
        assert 1 <= each.span.line <= len(document.lines)
        assert each.message
    if found.plan is not None:
        assert len(explain(found.plan)) == len(found.plan.steps)
        assert json.dumps(materials(found.plan))


def _replace(value: Any, path: tuple[str | int, ...], wrong: Any, *, remove: bool) -> None:
    """Put a wrong value at a path, or nothing; a path that an earlier change took away is left alone."""
    for part in path[:-1]:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return
    if not isinstance(value, dict | list) or (isinstance(value, dict) and path[-1] not in value):
        return
    if isinstance(value, list) and (not isinstance(path[-1], int) or path[-1] >= len(value)):
        return
    if remove:
        del value[path[-1]]  # type: ignore[arg-type]
    else:
        value[path[-1]] = copy.deepcopy(wrong)  # type: ignore[index]
