"""`clients.csv`: one row per client, known by `reference`."""

from collections.abc import Iterable, Mapping
from typing import Final

from models import Client, ClientInput, new_id
from ops.importing.sheet import Layout, Row
from ops.importing.work import Made, Work

KIND: Final = "client"
FIELDS: Final = tuple(name for name in ClientInput.model_fields if name != "reference")
LAYOUT: Final = Layout(("reference", *FIELDS, "merged_into"), ("reference", "given_name", "family_name"))


def know(work: Work) -> None:
    """The clients that are in the database."""
    work.know(KIND, Client.id, Client.reference)


def take(work: Work, file: str, rows: Iterable[Row]) -> None:
    """Make the clients that are new; `merged_into` names the client that stands for this one."""
    seen: dict[str, int] = {}
    made: list[Made[Client]] = []
    into: dict[str, str] = {}
    for row in rows:
        reference = work.once(row, "reference", seen)
        if reference is None:
            continue
        given = work.read(row, ClientInput, work.values(row, "reference", *FIELDS))
        if given is None:
            work.refused.add((KIND, reference))
        elif (KIND, reference) in work.known:
            work.present[file] += 1
        else:
            client = Client(id=new_id(), **given.model_dump(), created_at=work.place.now)
            work.known[KIND, reference] = client.id
            into[reference] = row.cells.get("merged_into", "")
            made.append(Made(reference, row, client))
    for each in work.linked(KIND, made, lambda row, client: _merge(work, row, client, into)):
        work.add(file, each.record)


def _merge(work: Work, row: Row, client: Client, into: Mapping[str, str]) -> bool:
    """Point to the survivor; False, and a problem, when there is none."""
    if "merged_into" not in row.cells:
        return True
    if _in_a_ring(str(client.reference), into):
        work.refuse(
            row, "merged_into", "leads back to the client itself; one of them has to stand for the others"
        )
        return False
    client.merged_into_id = work.find(row, "merged_into", KIND)
    return client.merged_into_id is not None


def _in_a_ring(reference: str, into: Mapping[str, str]) -> bool:
    passed = {reference}
    while following := into.get(reference):
        if following in passed:
            return True
        passed.add(following)
        reference = following
    return False
