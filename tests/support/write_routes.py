"""Every route of the API that writes, asked by somebody of each role for what they are tied to; and what
there is in the database, to be compared before and after.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from route_table import BODIES, QUERIES
from route_world import House
from sqlalchemy import func, select
from sqlmodel import Session

from models import LoginSession, Record
from web.visitor import COOKIE

TIES = {
    "task_id": ("mine", "queue", "team"),
    "case_id": ("own", "led"),
    "staff_id": ("under", "me", "beside"),
}
"""The ties by which somebody may ask for what stands in such a gap."""

JSON = {"Content-Type": "application/json"}


def writes(house: House) -> dict[str, Any]:
    """The operations that are no GET, by method and path."""
    return {
        f"{method.upper()} {path}": operation
        for path, operations in house.application.openapi()["paths"].items()
        for method, operation in operations.items()
        if method != "get"
    }


def taking(house: House, header: str) -> set[str]:
    """Those that declare this header."""
    return {
        route
        for route, operation in writes(house).items()
        if any(each["name"] == header for each in operation.get("parameters", ()))
    }


def requests(
    house: House, route: str, roles: Collection[str], headers: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """The route as somebody of each of these roles would ask it, for what they are tied to."""
    method, path = route.split()
    gap = next((each for each in TIES if f"{{{each}}}" in path), "")
    for role in roles:
        who = house.people[role]
        for tie in TIES.get(gap, ("",)):
            values = who.values(gap.removesuffix("_id"), tie)
            if path.startswith("/api/v1/account/"):
                values = {**values, "token_id": values["my_token"]}
            body = json.dumps(BODIES[route]) if route in BODIES else ""
            for name, value in values.items():
                body = body.replace(f"{{{name}}}", value)
            sent = {**JSON, "Cookie": f"{COOKIE}={who.token}", **headers}
            address = path.format(**values) + QUERIES.get(route, "")
            yield {"method": method, "url": address, "content": body.encode(), "headers": sent}


def rows_of(house: House, *without: type[Record]) -> dict[str, Any]:
    """How many rows each table has, and how often they were changed; sessions and `without` left out, which
    every request may touch.
    """
    found = {}
    passed_over = {table.__tablename__ for table in (LoginSession, *without)}
    with Session(house.store.engine) as session:
        for table in Record.metadata.sorted_tables:
            if table.name in passed_over:
                continue
            figures = [func.count(), *(func.sum(each) for each in table.columns if each.name == "revision")]
            found[table.name] = tuple(session.execute(select(*figures).select_from(table)).one())
    return found
