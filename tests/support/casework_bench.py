"""Rows for the step kinds around a case: services, consents, contacts, visits, reports."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlmodel import select
from step_bench import Bench

from models import (
    Case,
    CaseStatus,
    Client,
    Consent,
    ContactKind,
    ContactPoint,
    DefinitionVersion,
    Service,
    Timer,
    TimerPurpose,
    new_id,
)
from tasks.timers import FreeCall, handle_free_timer, handle_timer

OFFICE = "America/New_York"
"""The zone of the shipped calendar."""


def header(**inputs: str) -> str:
    """A header whose inputs, none of them required, have these types."""
    lines = "".join(
        f"  {name}:\n    type: {kind}\n    title: {name}\n    required: false\n"
        for name, kind in inputs.items()
    )
    return (
        "process: try-it\ntitle: A process for tests\npurpose: Try one step kind\nowner: intake_team\n"
        f"inputs:\n{lines}steps:\n"
    )


def give_case(bench: Bench, client: Client, **fields: Any) -> Case:
    """A case of the intake team for the client; it becomes the instance's."""
    count = len(bench.all(Case)) + 1
    values: dict[str, Any] = {"status": CaseStatus.PENDING, "team": "intake_team", **fields}
    case = Case(
        number=f"2026-{count:06}", client_id=client.id, received_at=bench.now, created_at=bench.now, **values
    )
    bench.session.add(case)
    bench.session.flush()
    if hasattr(bench, "instance"):
        bench.instance.case_id, bench.instance.client_id = case.id, client.id
        bench.session.flush()
    return case


def service(bench: Bench, name: str = "Food bank", *categories: str, **fields: Any) -> Service:
    """A service for food, unless other categories are given."""
    row = Service(
        organization=f"{name} Ltd", name=name, categories=list(categories or ("food-insecurity",)),
        created_at=bench.now, **fields,
    )  # fmt: skip
    return added(bench, row)


def consent(bench: Bench, client: Client, **fields: Any) -> Consent:
    """What a form's consent makes: any service may know name, contact and need, from an hour ago on."""
    values: dict[str, Any] = {
        "recipients": ["services"],
        "data_categories": ["name", "contact", "need"],
        "given_at": bench.now - timedelta(hours=1),
        **fields,
    }
    return added(bench, Consent(client_id=client.id, purpose="referral", given_by="Ana Ruiz", **values))


def contact(
    bench: Bench, client: Client, value: str | None, kind: str = "phone", **fields: Any
) -> ContactPoint:
    """A contact point of the client."""
    row = ContactPoint(
        client_id=client.id, kind=ContactKind(kind), value=value, created_at=bench.now, **fields
    )
    return added(bench, row)


def publish(bench: Bench, process: str) -> DefinitionVersion:
    """A published version of a process, so that it can be started."""
    row = DefinitionVersion(
        process=process,
        number=1,
        content_hash=new_id().ljust(64, "0"),
        title=process,
        source="",
        file_name=f"{process}.yaml",
        published_at=bench.now,
        published_by="test",
    )
    return added(bench, row)


def added(bench: Bench, row: Any) -> Any:
    """The row, in the database."""
    bench.session.add(row)
    bench.session.flush()
    return row


def timers(bench: Bench, purpose: TimerPurpose) -> list[Timer]:
    """The timers of a purpose that have not fired and were not withdrawn, by time."""
    wanted = select(Timer).where(Timer.purpose == purpose).order_by(Timer.due_at)  # type: ignore[arg-type]
    return [
        each for each in bench.session.exec(wanted) if each.fired_at is None and each.withdrawn_at is None
    ]


def fire(
    bench: Bench, timer: Timer, started: Callable[[str, Mapping[str, Any], str], None] | None = None
) -> None:
    """Let a timer run out, as `flows.timers` does: the clock moves to it, and what it is for is done."""
    bench.now = max(bench.now, timer.due_at)
    timer.fired_at = bench.now
    if timer.instance_id is not None:
        run = next(each for each in bench.runs() if each.id == timer.step_run_id)
        handle_timer(bench.call(run.step, iteration=run.iteration), timer)
    else:

        def start(process: str, inputs: Mapping[str, Any], key: str) -> str:
            if started is not None:
                started(process, inputs, key)
            return bench.instance.id

        handle_free_timer(FreeCall(bench.session, bench.now, new_id, start, lambda _: bench.plan), timer)
    bench.session.flush()
