"""Commands about what begins by itself: send a signal, see how processes begin, stop that."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ops.commands.giving import By, Giving, Json, Later, Prefect, giving
from ops.errors import OpsError
from ops.pages.terminal import say, say_json

if TYPE_CHECKING:
    from definitions.plan import Plan, PlanBeginning
    from models import Beginning


def signal(
    name: Annotated[str, typer.Argument(help="The name of a signal, as the vocabulary has it.")],
    case: Annotated[str, typer.Option("--case", help="The number or id of the case that it is about.")],
    values: Annotated[
        list[str] | None,
        typer.Option("--value", metavar="NAME=VALUE", help="A value that it carries; may be repeated."),
    ] = None,
    key: Annotated[str | None, typer.Option("--key", help="The same key sends it only once.")] = None,
    by: By = None,
    later: Later = False,
    prefect: Prefect = True,
    as_json: Json = False,
) -> None:
    """Tell the processes of a case that something has happened."""
    from flows.inbox import send_signal
    from ops.references import find_case, read_pairs

    given = read_pairs(values or (), "--value")
    with giving(None, by) as command:
        engine = command.engine
        with engine.store.read() as session:
            about = find_case(session, case)
        sent = send_signal(
            engine.store,
            engine.runtime.catalogue.vocabulary,
            name,
            about.id,
            given,
            by=command.by,
            now=command.now,
            key=key,
        )
        facts = {"signal": sent.id, "name": sent.name, "case": about.number}
        command.tell("signal/1", facts, f"Sent: {name} about case {about.number}.", as_json=as_json)
        command.go_on(later=later, prefect=prefect)


def beginnings(
    process: Annotated[str | None, typer.Argument(help="The name of a process; without it, all.")] = None,
    stop: Annotated[bool, typer.Option("--stop", help="It begins no more by itself.")] = False,
    again: Annotated[bool, typer.Option("--again", help="It begins by itself again.")] = False,
    reason: Annotated[str | None, typer.Option("--reason", help="Why; needed with --stop.")] = None,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Show how processes begin by themselves; stop that for one, or let it go on."""
    with giving(None, by) as command:
        if stop and again:
            raise OpsError("`--stop` and `--again` exclude each other", action="give one of them")
        if stop or again:
            if process is None:
                raise OpsError("it is about one process", action="name it, such as crisis-intervention")
            _change(command, process, reason if stop else None, stop=stop)
        _show(command, process, as_json=as_json)


def _change(command: Giving, process: str, reason: str | None, *, stop: bool) -> None:
    from flows.beginning_rules import resume_beginnings, stop_beginnings
    from flows.versions import latest

    engine = command.engine
    if stop:
        stop_beginnings(engine.runtime, process, reason=reason or "", by=command.by, now=command.now)
        return
    with engine.store.read() as session:
        plan = engine.plans.of(latest(session, process))
    resume_beginnings(engine.runtime, plan, by=command.by, now=command.now)


def _show(command: Giving, process: str | None, *, as_json: bool) -> None:
    from flows.beginning_rules import beginnings_of
    from flows.versions import latest

    engine = command.engine
    with engine.store.read() as session:
        rows = [each for each in beginnings_of(session) if process in (None, each.process)]
        plans = {each.process: engine.plans.of(latest(session, each.process)) for each in rows}
    known = [(each, _rule(plans[each.process], each.key)) for each in rows]
    if as_json:
        say_json("beginnings/1", {"beginnings": [_plain(row, rule) for row, rule in known]})
        return
    for row, rule in known:
        say(_line(row, rule))
    if not rows:
        say("Nothing begins by itself.")


def _rule(plan: "Plan", key: str) -> "PlanBeginning":
    return next(each for each in plan.beginnings if each.key == key)


def _line(row: "Beginning", rule: "PlanBeginning") -> str:
    at = f" at {rule.at:%H:%M}" if rule.at is not None else ""
    unless = f", unless one is before the end of `{rule.unless_open}`" if rule.unless_open is not None else ""
    stopped = f"; stopped: {row.stopped_because}" if row.stopped_at is not None else ""
    return f"{row.process} v{row.number}: {row.key}{at}{unless}{stopped}"


def _plain(row: "Beginning", rule: "PlanBeginning") -> dict[str, Any]:
    return {
        "process": row.process,
        "begins": row.key,
        "at": None if rule.at is None else f"{rule.at:%H:%M}",
        "unless_open": rule.unless_open,
        "number": row.number,
        "since": row.since,
        "stopped_at": row.stopped_at,
        "stopped_because": row.stopped_because,
    }


COMMANDS: Final[Mapping[str, Callable[..., Any]]] = {"signal": signal, "beginnings": beginnings}
