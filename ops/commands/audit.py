"""Commands of the audit: whether it is as it was sealed."""

from typing import TYPE_CHECKING, Annotated

import typer

from ops.errors import OpsError
from ops.pages.terminal import at, counted, note, say, say_json

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from flows.sealing import Verdict

Json = Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")]
audit = typer.Typer(help="Check the audit.", no_args_is_help=True)


@audit.command("verify")
def verify(
    expect: Annotated[
        str | None,
        typer.Option("--expect", metavar="NUMBER:HASH", help="A seal that was written down earlier."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Compare the audit with its seals, and name the first place where it was changed since."""
    from flows.sealing import verify as verify_seals
    from ops.composition import open_engine
    from ops.settings import load_settings

    expected = None if expect is None else read_seal(expect)
    with open_engine(load_settings()) as engine:
        found = verify_seals(engine.runtime, expected)
        if as_json:
            say_json("audit-verify/1", _plain(found))
        else:
            _tell(found, engine.zone)
    if found.broken is not None:
        raise typer.Exit(1)


def read_seal(text: str) -> tuple[int, str]:
    """`17:ab12...`: the number and the hash of a seal. OpsError for anything else."""
    number, _, digest = text.strip().partition(":")
    if not number.isdecimal() or len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise OpsError(
            f"`--expect {text}` is not a seal",
            action="write NUMBER:HASH, as `casewright audit verify` has shown them",
        )
    return int(number), digest


def _plain(found: "Verdict") -> dict[str, object]:
    broken = found.broken
    return {
        "seals": found.seals,
        "rows": found.rows,
        "head": f"{found.seals}:{found.head}",
        "unsealed": found.unsealed,
        "oldest_unsealed": found.oldest_unsealed,
        "broken": None
        if broken is None
        else {"what": broken.what, "seal": broken.seal, "event": broken.event},
    }


def _tell(found: "Verdict", zone: "ZoneInfo") -> None:
    say(f"{counted(found.rows, 'row')} in {counted(found.seals, 'seal')} as they were sealed.")
    if found.unsealed:
        since = at(found.oldest_unsealed, zone)
        say(f"{counted(found.unsealed, 'row')} not sealed yet, the oldest of {since}.")
    if found.seals:
        say(f"Write this down elsewhere: {found.seals}:{found.head}")
    if found.broken is not None:
        from flows.sealing import told

        note(f"casewright: the audit was changed: {told(found.broken)}")
