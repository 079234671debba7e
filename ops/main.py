"""The command line. Modules are imported inside the commands, so that `casewright --help` answers at once."""

import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from ops.commands import (
    accounts,
    appointments,
    audit,
    casework,
    data,
    deciding,
    decisions,
    definitions,
    demo,
    hooks,
    reports,
    running,
    scheduler,
    scorecards,
    serving,
    signals,
    testing,
    watching,
    web,
)
from ops.errors import ForeignPackageError, OpsError
from ops.packages import refuse_foreign_packages
from ops.pages.terminal import note, say


class Commands(TyperGroup):
    """Tells the errors of people in one line; shows a traceback with `--debug` only."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; an error ends with status 1."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            if ctx.params.get("debug") or _is_typers(error):
                raise
            note(f"casewright: {_told(error)}")
            raise typer.Exit(1) from error


app = typer.Typer(
    name="casewright",
    cls=Commands,
    help="Runs casework from process definitions written in YAML.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            say(f"casewright {version('casewright')}")
        except PackageNotFoundError:
            say("casewright (not installed)")
        raise typer.Exit


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    show_version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and end."),
    ] = False,
) -> None:
    """Options that go in front of any command."""
    del debug, show_version  # read by Commands and by the callback


for _group in (
    demo,
    definitions,
    testing,
    data,
    running,
    scheduler,
    serving,
    casework,
    appointments,
    deciding,
    signals,
    reports,
    watching,
    web,
):
    for _name, _command in _group.COMMANDS.items():
        app.command(_name)(_command)
app.add_typer(data.db, name="db")
app.add_typer(audit.audit, name="audit")
app.add_typer(accounts.account, name="account")
app.add_typer(hooks.hooks, name="hooks")
app.add_typer(decisions.decisions, name="decisions")
app.add_typer(scorecards.scorecards, name="scorecards")


def main() -> None:
    """The entry point `casewright`."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal that lacks a letter shows its code
    try:
        refuse_foreign_packages()
    except ForeignPackageError as error:
        note(f"casewright: {error}")
        sys.exit(1)
    app(prog_name="casewright")


def _is_typers(error: Exception) -> bool:
    """Whether typer itself deals with the error: a wrong option, an end on purpose."""
    return isinstance(error, typer.Exit | typer.Abort | typer.BadParameter) or hasattr(error, "exit_code")


def _told(error: Exception) -> str:
    if isinstance(error, OpsError):
        return str(error)
    from ops.failures import told

    foreseen = told(error)
    if foreseen is not None:
        return foreseen
    name = type(error).__name__
    return f"an error that nobody foresaw ({name}); run it again as `casewright --debug ...` and report it"
