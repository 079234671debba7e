"""`clients.csv`: one row per client, known by `reference`."""

from collections.abc import Iterable
from typing import Final

from sqlmodel import col, select

from models import Client, ClientInput, new_id
from ops.importing.sheet import Layout, Row
from ops.importing.work import Work

KIND: Final = "client"
FIELDS: Final = tuple(name for name in ClientInput.model_fields if name != "reference")
LAYOUT: Final = Layout(("reference", *FIELDS, "merged_into"), ("reference", "given_name", "family_name"))


def know(work: Work) -> None:
    """The clients that are in the database."""
    for client_id, reference in work.session.exec(
        select(Client.id, Client.reference).where(col(Client.reference).is_not(None))
    ):
        work.known[KIND, str(reference)] = client_id


def take(work: Work, file: str, rows: Iterable[Row]) -> None:
    """Make the clients that are new; `merged_into` names the client that stands for this one."""
    seen: dict[str, int] = {}
    made: list[tuple[Row, Client]] = []
    for row in rows:
        reference = work.once(row, "reference", seen)
        given = work.read(row, ClientInput, work.values(row, "reference", *FIELDS)) if reference else None
        if reference is None:
            continue
        if given is None:
            work.refused.add((KIND, reference))
        elif (KIND, reference) in work.known:
            work.present[file] += 1
        else:
            client = Client(id=new_id(), **given.model_dump(), created_at=work.place.now)
            work.known[KIND, reference] = client.id
            made.append((row, client))
    for row, client in made:
        _merge(work, row, client)
        work.add(file, client)


def _merge(work: Work, row: Row, client: Client) -> None:
    if "merged_into" not in row.cells:
        return
    survivor = work.find(row, "merged_into", KIND)
    if survivor == client.id:
        work.refuse(row, "merged_into", "a client can't be merged into itself")
    else:
        client.merged_into_id = survivor
