"""Types as plain values, as a published version keeps them."""

import json

from hypothesis import given
from hypothesis import strategies as st

from definitions.plain_types import WORDS, type_of, type_plain
from definitions.types import Choice, Choices, Duration, ListOf, MaybeAbsent, Record, Struct, Type, Unknown

NAMES = st.sampled_from(["one", "two", "three"])
OPTIONS = st.lists(NAMES, unique=True).map(tuple)
SINGLE: st.SearchStrategy[Type] = st.one_of(
    st.sampled_from(list(WORDS.values())),
    OPTIONS.map(Choice),
    OPTIONS.map(Choices),
    NAMES.map(Record),
    st.sampled_from([None, "clock", "days", "months"]).map(Duration),
)


def _more(inner: st.SearchStrategy[Type]) -> st.SearchStrategy[Type]:
    groups = st.lists(st.tuples(NAMES, inner), unique_by=lambda field: field[0])
    return st.one_of(
        inner.map(ListOf),
        groups.map(lambda fields: Struct(tuple(fields))),
        st.builds(MaybeAbsent, inner, NAMES),
    )


@given(st.recursive(SINGLE, _more, max_leaves=6))
def test_a_type_comes_back_from_json_as_it_was(kind: Type) -> None:
    assert type_of(json.loads(json.dumps(type_plain(kind)))) == kind


def test_what_a_later_program_has_written_is_unknown() -> None:
    assert type_of("colour") == Unknown()
    assert type_of(["matrix", 3]) == Unknown()
