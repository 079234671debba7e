"""`python -m benchmarks.scale_out`: run it, and say whether the promises held."""

import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.scale_out.errors import ScaleOutError
from benchmarks.scale_out.run import Wishes, run
from benchmarks.scale_out.telling import as_json, as_text, shown


def main(
    cases: Annotated[int, typer.Option(min=1, help="Intakes.")] = 2000,
    lease: Annotated[int, typer.Option(min=4, help="Seconds that a claim lasts without renewal.")] = 60,
    restart: Annotated[bool, typer.Option("--restart", help="Start what was killed again.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the folder with all logs.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")] = False,
) -> None:
    """Run intakes on PostgreSQL, Prefect's server, two workers and two schedulers; kill a worker and the
    leading scheduler in the middle; say what was lost, stuck and doubled. Status 1 when a promise is broken,
    2 when it could not be run.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything is ended in order
    try:
        with folder(keep=keep) as place, shown() as tell:
            outcome = run(place, Wishes(cases, lease, restart), tell)
    except ScaleOutError as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(2) from error
    (as_json if json else as_text)(outcome)
    raise typer.Exit(0 if outcome.holds else 1)


@contextmanager
def folder(*, keep: bool) -> Iterator[Path]:
    """A new folder, removed at the end unless it is to be kept. Its homes are their owner's alone."""
    place = Path(tempfile.mkdtemp(prefix="casewright-scale-out-"))
    place.chmod(0o711)  # PostgreSQL may run as another user, below it
    try:
        yield place
    finally:
        if keep:
            sys.stderr.write(f"kept: {place}\n")
        else:
            shutil.rmtree(place)


if __name__ == "__main__":
    typer.run(main)
