"""Synthetic clients for the bare tables: a household of two, an income, an e-mail, a telephone twice."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, insert

from benchmarks.bare import tables

BORN = date(1950, 5, 1)


def add_people(connection: Connection, numbers: Sequence[int]) -> None:
    """Clients with these numbers, and a partner for each; a client's id is its number."""
    for table, rows in (
        (tables.clients, [row for n in numbers for row in _persons(n)]),
        (tables.household_members, [row for n in numbers for row in _members(n)]),
        (tables.contact_points, [row for n in numbers for row in _contacts(n)]),
        (tables.incomes, [_income(n) for n in numbers]),
    ):
        connection.execute(insert(table), rows)


def partner_of(number: int) -> int:
    """The client who lives with this one."""
    return -number


def _persons(number: int) -> list[dict[str, Any]]:
    names = {"given_name": "Synthetic", "family_name": f"Client {number}", "date_of_birth": BORN}
    return [{"id": number, **names}, {"id": partner_of(number), **names}]


def _members(number: int) -> list[dict[str, Any]]:
    return [
        {"id": number, "household": number, "client_id": number},
        {"id": partner_of(number), "household": number, "client_id": partner_of(number)},
    ]


def _contacts(number: int) -> list[dict[str, Any]]:
    mobile = f"+1202555{number % 10_000:04d}"
    rows = (("email", f"client{number}@example.org"), ("phone", mobile), ("phone", mobile))
    return [
        {"id": number * 3 + place, "client_id": number, "kind": kind, "value": value, "safe": "yes"}
        for place, (kind, value) in enumerate(rows)
    ]


def _income(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "client_id": number,
        "source": "earned",
        "amount": Decimal("250.00"),
        "frequency": "weekly",
    }
