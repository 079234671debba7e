"""The generated parts of `docs/records.md`: what definitions can name, in the installation as it comes."""

from collections.abc import Iterable, Iterator, Mapping

from definitions.types import Choice, Condition, ListOf, Record, Type, YesNo, describe
from definitions.vocabulary import Vocabulary
from definitions.vocabulary_file import load_vocabulary
from tasks.records.record_catalogue import columns_of, record_types


def records() -> str:
    """Each kind of record with its fields, their types, and which a new one needs."""
    return "\n".join(f"### {record}\n\n{_fields(record)}\n" for record in sorted(record_types()))


def _fields(record: str) -> str:
    columns = columns_of(record)
    rows = []
    for name, kind in record_types()[record].items():
        column = columns.get(name)
        needed = "needed" if column is not None and column.required else ""
        rows.append(f"| `{name}` | {_words(kind)} | {needed} |")
    return "\n".join(["| Field | Is | |", "|---|---|---|", *rows])


def _words(kind: Type) -> str:
    match kind:
        case YesNo():
            return "a yes/no answer"
        case Condition():
            return "a condition (true or false)"
        case Choice(options):
            return f"a choice: {_listed(options)}"
        case Record(name):
            return f"a [{name}](#{name.lower()})"
        case ListOf(Record(name)):
            return f"a list of [{name}](#{name.lower()}) records"
        case _:
            return describe(kind)


def words() -> str:
    """The entries of the shipped vocabulary."""
    return "\n".join(_sections(load_vocabulary()))


def _sections(known: Vocabulary) -> Iterator[str]:
    yield "**Groups**"
    yield ""
    yield from _table(("Name", "Is"), ((f"`{name}`", title) for name, title in known.groups.items()))
    yield "**Rotas**"
    yield ""
    rotas = ((f"`{name}`", each.title, f"`{each.group}`") for name, each in known.rotas.items())
    yield from _table(("Role", "Is", "Filled by the group"), rotas)
    yield "**Working calendars**"
    yield ""
    names = _listed(known.calendars)
    yield f"{names}; without `calendar:` a process goes by `{known.default_calendar}`."
    yield ""
    yield "**Value sets**"
    yield ""
    for name, titles in known.value_sets.items():
        yield f"`{name}`:"
        yield ""
        yield from _table(("Code", "Is"), ((f"`{code}`", title) for code, title in titles.items()))
    yield "**Signals**"
    yield ""
    signals = ((f"`{name}`", each.title, _typed(each.carries)) for name, each in known.signals.items())
    yield from _table(("Signal", "Is", "Carries"), signals)
    yield "**Message templates**"
    yield ""
    templates = (
        (f"`{name}`", each.channel, _typed(each.variables)) for name, each in known.templates.items()
    )
    yield from _table(("Template", "Channel", "Is filled with"), templates)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def _typed(values: Mapping[str, Type]) -> str:
    return ", ".join(f"`{name}` ({describe(kind)})" for name, kind in values.items())


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
