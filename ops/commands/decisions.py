"""Commands for decision tables: `decisions try`, and `import` and `export` for those of other programs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ops.errors import NotThereError, OpsError
from ops.pages.terminal import note, say, say_json

if TYPE_CHECKING:
    from definitions import Plan, PlanStep

decisions = typer.Typer(
    help="Decision tables: try one; bring one in from DMN, or give one on.", no_args_is_help=True
)

Process = Annotated[
    str, typer.Argument(metavar="PROCESS", help="A definition file, or the name of a process.")
]
Step = Annotated[str, typer.Argument(metavar="STEP", help="The id of a step with `do: decide`.")]
To = Annotated[Path | None, typer.Option("--to", help="The file to write (default: the standard output).")]


@decisions.command("import")
def import_table(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A DMN file (1.1 to 1.5).")],
    table: Annotated[
        str | None, typer.Option("--table", help="The id or name of the decision, where there are several.")
    ] = None,
    step: Annotated[
        bool, typer.Option("--step", help="Write only the step, for a process of yours.")
    ] = False,
    shared: Annotated[
        bool, typer.Option("--shared", help="Write a table that processes share, for the folder `decisions`.")
    ] = False,
    to: To = None,
) -> None:
    """Write a decision table of a DMN file as a process in YAML."""
    from definitions.tables.dmn import DmnError, process_yaml, read_table, shared_yaml, step_yaml
    from ops.catalogue import load_installation
    from ops.settings import load_settings

    try:
        content = file.read_bytes()
    except OSError as error:
        raise NotThereError(f"{file} cannot be read ({error.strerror})", action="name a DMN file") from None
    try:
        read = read_table(content, table)
        if step or shared:
            text, notes = step_yaml(read) if step else shared_yaml(read)
        else:
            groups = load_installation(load_settings()).catalogue.vocabulary.groups
            text, notes = process_yaml(read, next(iter(groups), "intake_team"))
    except DmnError as error:
        raise OpsError(f"{file}: {error.message}", action="correct the table, or write it in YAML") from None
    for each in notes:
        note(f"note: {each}")
    _write(text, to)


@decisions.command("export")
def export_table(
    process: Process,
    step: Step,
    to: To = None,
) -> None:
    """Write the decision table of a step as DMN 1.3 XML."""
    from definitions.tables.dmn import DmnError, write_table
    from tasks.deciding.deciding import input_words, table_of_step

    plan, found = _step(process, step)
    try:
        text = write_table(table_of_step(plan, found), step, found.title, input_words(found))
    except DmnError as error:
        raise OpsError(f"the table cannot be written as DMN: {error.message}") from None
    _write(text, to)


@decisions.command("try")
def try_table(
    process: Process,
    step: Step,
    given: Annotated[
        list[str] | None, typer.Option("--input", "-i", help="NAME=VALUE; repeat it. Others are missing.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")] = False,
) -> None:
    """Say what the decision table of a step decides for these inputs of the table, and why."""
    from ops.references import read_pairs
    from tasks.deciding.trying import try_out

    plan, found = _step(process, step)
    outputs = try_out(plan, found, read_pairs(given or ()))
    if as_json:
        say_json("decision/1", {"process": plan.process, "step": step, **outputs})
        return
    say(str(outputs["explanation"]))


def _step(process: str, step: str) -> "tuple[Plan, PlanStep]":
    """A step with a decision table, and the plan that it stands in."""
    from definitions import suggest
    from ops.commands.definitions import checked_plan
    from tasks.deciding.deciding import Decide

    plan = checked_plan(process)
    tables = [each.id for each in plan.steps if isinstance(each.arguments, Decide)]
    if step in tables:
        return plan, plan.step(step)
    meant = suggest(step, tables)
    known = f"it has {', '.join(tables)}" if tables else "it has no decision tables"
    action = f"did you mean {meant}?" if meant else known
    raise NotThereError(f"`{plan.process}` has no decision table `{step}`", action=action)


def _write(text: str, to: Path | None) -> None:
    if to is None:
        say(text.rstrip("\n"))
        return
    try:
        with to.open("x", encoding="utf-8", newline="\n") as opened:
            opened.write(text)
    except FileExistsError:
        raise OpsError(f"{to} exists and is left as it is", action="choose another name") from None
    except OSError as error:
        raise OpsError(f"{to} cannot be written ({error.strerror})", action="name another file") from None
    say(f"{to} is written")
