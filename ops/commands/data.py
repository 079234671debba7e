"""Commands for those who run the installation: import, database, backup, restore."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from ops.errors import NotThereError
from ops.pages.terminal import note, say, say_json

Json = Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")]
db = typer.Typer(help="Bring the database to this release, or check it.", no_args_is_help=True)


def import_(
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="Folder with clients.csv, households.csv, staff.csv, ..."),
    ],
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave faulty rows out and write them into a rejects folder.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Import CSV files: all rows or none. What is in the database already stays as it is."""
    from ops.composition import open_engine
    from ops.importing import ImportRefusedError, import_folder, write_rejects
    from ops.settings import load_settings

    with open_engine(load_settings()) as engine:
        try:
            done = import_folder(engine, folder, skip_bad=skip_bad)
        except ImportRefusedError as error:
            if not as_json:
                raise
            say_json(
                "import/1", {"made": {}, "present": {}, "problems": [asdict(each) for each in error.problems]}
            )
            raise typer.Exit(1) from None
        stamp = engine.runtime.clock().astimezone(engine.zone).strftime("%Y%m%d-%H%M%S")
        rejects = write_rejects(done, engine.settings.home / "rejects" / stamp)
    if as_json:
        problems = [asdict(each) for each in done.problems]
        facts = {"made": done.made, "present": done.present, "problems": problems}
        say_json("import/1", {**facts, "rejects": [str(file) for file in rejects]})
        return
    for each in done.problems:
        note(str(each))
    say(f"{done}.")
    for file in rejects:
        say(f"skipped rows: {file}")


@db.command("upgrade")
def upgrade(as_json: Json = False) -> None:
    """Bring the database to this release. Make a backup first."""
    import migrations
    from ops.composition import opened
    from ops.settings import load_settings

    with opened(load_settings(), upgrade=True):
        revision = migrations.head()
    if as_json:
        say_json("db-upgrade/1", {"revision": revision})
    else:
        say(f"The database is at revision {revision}.")


@db.command("check")
def check(as_json: Json = False) -> None:
    """Compare the database with what this release needs. Ends with 1 when something differs."""
    import migrations
    from ops.composition import store_of
    from ops.settings import load_settings

    settings = load_settings()
    if settings.database_file is not None and not settings.database_file.is_file():
        raise NotThereError(
            f"there is no database at {settings.database_file}", action="run: casewright db upgrade"
        )
    with store_of(settings) as store:
        found = migrations.check(store.engine)
    if as_json:
        say_json("db-check/1", {"differences": found})
    else:
        for each in found:
            say(each)
        say(f"{len(found)} differences." if found else "The database is as this release needs it.")
    if found:
        raise typer.Exit(1)


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; it must not exist.")],
    as_json: Json = False,
) -> None:
    """Write the database and the messages folder into one file, while others go on working."""
    from flows.runtime import system_clock
    from ops.backup import make_backup
    from ops.pages.progress import shown
    from ops.settings import load_settings

    with shown() as progress:
        done = make_backup(
            load_settings(),
            file,
            system_clock(),
            lambda left, total: progress.say(
                f"copying the database, {100 - 100 * left // max(total, 1)} % ..."
            ),
        )
    facts = {"file": str(done.file), "revision": done.revision, "messages": done.messages, "bytes": done.size}
    if as_json:
        say_json("backup/1", facts)
    else:
        say(f"{done.file}: revision {done.revision}, {done.messages} messages, {done.size:,} bytes.")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `casewright backup` has written.")],
    as_json: Json = False,
) -> None:
    """Put a backup back into a home without a database. Nothing is overwritten."""
    from ops.backup import restore_backup
    from ops.settings import load_settings

    settings = load_settings()
    done = restore_backup(settings, file)
    if as_json:
        say_json(
            "restore/1", {"home": str(settings.home), "revision": done.revision, "messages": done.messages}
        )
    else:
        say(f"Restored into {settings.home}: database at revision {done.revision}, {done.messages} messages.")


COMMANDS: Final[Mapping[str, Callable[..., Any]]] = {"import": import_, "backup": backup, "restore": restore}
