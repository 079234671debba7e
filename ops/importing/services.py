"""`services.csv`: one row per service of the directory, known by `reference`. Lists are separated by `;`."""

from collections.abc import Iterable
from typing import Final

from definitions import suggest
from models import Service, ServiceInput, new_id
from ops.importing.sheet import Layout, Row
from ops.importing.work import Work

KIND: Final = "service"
CATEGORIES: Final = "categories of referral"
FIELDS: Final = tuple(name for name in ServiceInput.model_fields if name != "reference")
LAYOUT: Final = Layout(("reference", *FIELDS), ("reference", "organization", "name", "categories"))


def know(work: Work) -> None:
    """The services that are in the database."""
    work.know(KIND, Service.id, Service.reference)


def take(work: Work, file: str, rows: Iterable[Row]) -> None:
    """Make the services that are new. Their categories are those of the vocabulary."""
    seen: dict[str, int] = {}
    for row in rows:
        reference = work.once(row, "reference", seen)
        if reference is None:
            continue
        given = work.read(row, ServiceInput, work.values(row, "reference", *FIELDS))
        if given is None or not _categories_known(work, row, given):
            work.refused.add((KIND, reference))
        elif (KIND, reference) in work.known:
            work.present[file] += 1
        else:
            values = given.model_dump() | {
                "categories": list(given.categories),
                "languages": list(given.languages),
            }
            service = Service(id=new_id(), **values, created_at=work.place.now)
            work.known[KIND, reference] = service.id
            work.add(file, service)


def _categories_known(work: Work, row: Row, given: ServiceInput) -> bool:
    known = work.place.vocabulary.options(CATEGORIES)
    unknown = [each for each in given.categories if known is not None and each not in known]
    for each in unknown:
        meant = suggest(each, known or ())
        hint = f"did you mean {meant}?" if meant else "the vocabulary lists them under `value_sets:`"
        work.refuse(row, "categories", f"there is no category `{each}`; {hint}")
    return not unknown
