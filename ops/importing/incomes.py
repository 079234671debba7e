"""`incomes.csv`: one row per income of a client. No amount means that it is not known."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from sqlmodel import select

from models import Income, IncomeInput, new_id
from ops.importing import clients
from ops.importing.sheet import Layout, Row
from ops.importing.work import NOBODY, Work

FIELDS: Final = tuple(name for name in IncomeInput.model_fields if name != "client_id")
LAYOUT: Final = Layout(("client", *FIELDS), ("client", "currency", "frequency"))
Key = tuple[object, ...]


def take(work: Work, file: str, rows: Iterable[Row]) -> None:
    """Make the incomes that are new. An income has no number of its own: two equal rows are two incomes,
    and an income is there already when one with the same values is.
    """
    there: Counter[Key] = Counter(_key(each) for each in work.session.exec(select(Income)))
    for row in rows:
        client = work.find(row, "client", clients.KIND)
        given = work.read(row, IncomeInput, {"client_id": client or NOBODY, **work.values(row, *FIELDS)})
        if client is None or given is None:
            continue
        if there[_key(given)] > 0:
            there[_key(given)] -= 1
            work.present[file] += 1
        else:
            work.add(file, Income(id=new_id(), **given.model_dump(), recorded_at=work.place.now))


def _key(income: Income | IncomeInput) -> Key:
    return (
        income.client_id,
        income.source,
        income.amount,
        income.currency,
        income.frequency,
        income.starts_on,
    )
