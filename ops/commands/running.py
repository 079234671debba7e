"""Commands that move cases: run a process, and do what is due now."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ops.errors import OpsError
from ops.pages.terminal import note, say, say_json

if TYPE_CHECKING:
    from flows.dispatch import Carry
    from flows.script import Script
    from models import Instance
    from ops.composition import Engine, Published

Json = Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")]
Prefect = Annotated[bool, typer.Option("--prefect/--no-prefect", help="Carry steps as Prefect flow runs.")]


def run(
    process: Annotated[str, typer.Argument(help="The name of a process, or a definition file of your own.")],
    inputs: Annotated[
        list[str] | None,
        typer.Option("--input", "-i", metavar="NAME=VALUE", help="An input; may be repeated."),
    ] = None,
    answers: Annotated[
        Path | None, typer.Option("--answers", help="A file that says what people do with the tasks.")
    ] = None,
    key: Annotated[
        str | None, typer.Option("--key", help="The same key starts the process only once.")
    ] = None,
    prefect: Prefect = True,
    as_json: Json = False,
) -> None:
    """Start a process and run it as far as it goes: to its end, or to where people or time come next."""
    from ops.composition import carrying, open_engine
    from ops.pages.progress import shown
    from ops.references import read_pairs
    from ops.scripts import read_script
    from ops.settings import load_settings

    given, script = read_pairs(inputs or ()), read_script(answers)
    settings = load_settings()
    with open_engine(settings) as engine:
        published = _publish(engine, process)
        _refuse_unless_by_hand(published)
        instance = _start(engine, published, given, key)
        with shown() as progress, carrying(settings, prefect=prefect, on_start=progress.prefect) as carry:
            _run_on(engine, instance.id, carry, script, progress.passed)
        _tell(engine, instance.id, as_json=as_json)
        _remind(engine)


def tick(
    every: Annotated[
        str | None, typer.Option("--every", metavar="TIME", help="Do it again and again, such as 5s or 1m.")
    ] = None,
    prefect: Prefect = True,
    as_json: Json = False,
) -> None:
    """Do what is due now, once: fire timers, run what is ready, send messages and ask what became of them."""
    from flows.sealing import seal
    from ops.composition import carrying, open_engine
    from ops.pages.progress import shown
    from ops.settings import load_settings

    settings = load_settings()
    with (
        open_engine(settings) as engine,
        shown() as progress,
        carrying(settings, prefect=prefect, on_start=progress.prefect) as carry,
    ):

        def work() -> int:
            passes = engine.run(carry, progress.passed)
            seal(engine.runtime)
            return passes

        if every is None:
            passes = work()
            _tell_tick(engine, passes, as_json=as_json)
            _remind(engine)
        else:
            from ops.ticking import tick_until_stopped

            tick_until_stopped(work, read_interval(every))


def read_interval(text: str) -> timedelta:
    """`5s`, `1m`, `1h`; OpsError for anything else and for less than a second."""
    units = {"s": "seconds", "m": "minutes", "h": "hours"}
    number, unit = text[:-1].strip(), text[-1:].lower()
    if unit not in units or not number.isdecimal() or not 0 < int(number) <= 3600:
        raise OpsError(f"`--every {text}` is not a length of time", action="write 5s, 1m or 1h")
    return timedelta(**{units[unit]: int(number)})


def _publish(engine: "Engine", process: str) -> "Published":
    """Publish what this process may start, and the process itself; its problems are shown."""
    from definitions import DefinitionError, render
    from ops.catalogue import name_of
    from ops.checking import find_document
    from ops.composition import publish_document, publish_known
    from ops.fitting import unfit

    document = find_document(engine.installation, process)
    name = name_of(document)
    if name is not None and (missing := unfit(engine.installation.with_documents([document]), [name])):
        raise DefinitionError(missing)
    _, errors = publish_known(engine)
    published, diagnostics = publish_document(engine, document)
    for each in errors:
        if published is not None or each not in diagnostics:
            note(f"{render(each)}\n")
    if published is None:
        raise DefinitionError(each for each in diagnostics if each.severity == "error")
    return published


def _refuse_unless_by_hand(published: "Published") -> None:
    plan = published.plan
    if not plan.by_hand:
        raise OpsError(
            f"`{plan.process}` is not started by hand: it begins {plan.starts}",
            action="add `- by hand` to its `starts:`, or let happen what begins it",
        )


def _start(engine: "Engine", published: "Published", given: Mapping[str, str], key: str | None) -> "Instance":
    from flows.instances import start
    from ops.references import resolve_inputs

    with engine.store.read() as session:
        values = resolve_inputs(session, published.plan, given, engine.zone, engine.runtime.clock())
    started = start(engine.runtime, published.plan, published.version, values, key=key)
    if not started.new:
        note(f"this was started before; it goes on as {started.instance.id}")
    return started.instance


def _run_on(
    engine: "Engine", instance_id: str, carry: "Carry", script: "Script | None", on_pass: Callable[..., None]
) -> None:
    """Let everything move, then the people of the script, until nothing does."""
    from flows.script import apply_script

    while True:
        engine.run(carry, on_pass)
        if script is None or not apply_script(engine.runtime, instance_id, script):
            return


def _tell(engine: "Engine", instance_id: str, *, as_json: bool) -> None:
    from ops.pages.case_page import case_page
    from ops.pages.case_text import page_text

    page = case_page(engine, instance_id)
    if as_json:
        say_json("run/1", page.plain())
    else:
        page_text(page, engine.zone, engine.settings.home)
        if page.case is not None:
            say(f"Show it again: casewright show {page.case.number}")


def _remind(engine: "Engine") -> None:
    from ops.reviews import overdue_reviews

    for each in overdue_reviews(engine):
        note(f"casewright: {each}")


def _tell_tick(engine: "Engine", passes: int, *, as_json: bool) -> None:
    from ops.ticking import standing_of

    standing = standing_of(engine)
    if as_json:
        say_json("tick/1", {"passes": passes, **standing})
        return
    due = standing["next_due"]
    when = f"; next due {due.astimezone(engine.zone):%Y-%m-%d %H:%M}" if due is not None else ""
    say(
        f"{passes} passes; {standing['open_tasks']} open tasks, {standing['incidents']} incidents, "
        f"{standing['unsent_messages']} messages to send{when}"
    )


COMMANDS: Final[Mapping[str, Callable[..., Any]]] = {"run": run, "tick": tick}
