"""Commands about outgoing webhooks: list, make, change, try, pause, replace the secret, remove."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from ops.errors import NotThereError, OpsError
from ops.pages.terminal import at, counted, note, say, say_json, table

if TYPE_CHECKING:
    from notifications.hooks import AddressRules
    from ops.composition import Engine
    from ops.settings import Settings
    from web.accounts.secret import Secret
    from web.reading.admin.hooks import HookLine

hooks = typer.Typer(help="Other systems that are told what has happened.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")]
Hook = Annotated[str, typer.Argument(metavar="WEBHOOK", help="Its name or id.")]


@hooks.command("list")
def list_hooks(as_json: Json = False) -> None:
    """List the webhooks: where each goes, how it stands, and what it has not heard yet."""
    with _at_work() as work:
        rows = work.all()
        if as_json:
            say_json("hooks-list/1", {"hooks": [asdict(each) for each in rows]})
            return
        table(
            ("id", "name", "address", "state", "to tell", "last heard"), [_row(work, each) for each in rows]
        )
        say(f"{counted(len(rows), 'webhook')}.")


@hooks.command("add")
def add(
    url: Annotated[str, typer.Argument(metavar="ADDRESS", help="The https:// address of the other system.")],
    name: Annotated[str, typer.Option("--name", help="What people call it.")],
    events: Annotated[
        list[str] | None,
        typer.Option("--event", help="What it hears of; may be given several times (default: everything)."),
    ] = None,
    owner: Annotated[
        str | None,
        typer.Option("--owner", metavar="LOGIN", help="Who is told when it fails (default: administrators)."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a webhook. Its secret is shown once, alone on the standard output."""
    from models import HookEvent
    from web.hooks.commands import WantedHook, make_hook

    heard = events or [each.value for each in HookEvent]
    with _at_work() as work:
        wanted = WantedHook(name, url, heard, None if owner is None else _owner(work, owner))
        made = make_hook(work.engine.store, work.secret, work.rules, wanted, by=work.by, now=work.now)
        work.tell("hooks-add/1", made.row.id, secret=made.secret, as_json=as_json)


@hooks.command("change")
def change(
    hook: Hook,
    url: Annotated[
        str | None, typer.Option("--address", help="The https:// address that it has then.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="What people call it then.")] = None,
    events: Annotated[
        list[str] | None,
        typer.Option(
            "--event", help="What it hears of then, and of nothing else; may be given several times."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Change the name, the address or the events of a webhook. Its secret stays."""
    from web.hooks.commands import WantedHook, change_hook

    if url is None and name is None and not events:
        raise OpsError("nothing is to be changed", action="give --name, --address or --event")
    with _at_work() as work:
        about = work.one(hook)
        address = about.url if url is None else url
        wanted = WantedHook(about.name if name is None else name, address, events or about.events)
        store, revision = work.engine.store, about.revision
        change_hook(store, work.rules, about.id, wanted, by=work.by, now=work.now, revision=revision)
        work.tell("hooks-change/1", about.id, "It is changed.", as_json=as_json)


@hooks.command("test")
def try_one(hook: Hook, as_json: Json = False) -> None:
    """Tell a webhook `hook.test` now, and say what came of it. Status 1 when it has not heard it."""
    from web.hooks.trying import try_hook

    with _at_work() as work:
        about = work.one(hook)
        tried = try_hook(work.engine.runtime, work.secret, work.rules, about.id, by=work.by, now=work.now)
        if as_json:
            say_json("hooks-test/1", asdict(tried))
        elif tried.told:
            say(f"{about.name} answered with {tried.answer}: it has heard the test.")
        else:
            say(f"{about.name} has not heard the test: {tried.error}.")
    if not tried.told:
        raise typer.Exit(1)


@hooks.command("pause")
def pause(
    hook: Hook,
    resume: Annotated[
        bool, typer.Option("--resume", help="Let it go on, also one that was switched off.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Tell a webhook nothing until it is let go on, while what happens waits; or let it go on."""
    from web.hooks.commands import pause_hook, resume_hook

    with _at_work() as work:
        about = work.one(hook)
        give = resume_hook if resume else pause_hook
        give(work.engine.store, about.id, by=work.by, now=work.now)
        words = f"{about.name} goes on." if resume else f"{about.name} is paused."
        work.tell("hooks-pause/1", about.id, words, as_json=as_json)


@hooks.command("rotate")
def rotate(
    hook: Hook,
    at_once: Annotated[
        bool, typer.Option("--at-once", help="The secret before counts no more: somebody else knows it.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Give a webhook a new secret, shown once; the one before signs beside it for 24 hours."""
    from web.hooks.commands import replace_secret

    with _at_work() as work:
        about = work.one(hook)
        made = replace_secret(
            work.engine.store, work.secret, about.id, by=work.by, now=work.now, at_once=at_once
        )
        work.tell("hooks-rotate/1", about.id, secret=made.secret, as_json=as_json)


@hooks.command("remove")
def remove(hook: Hook, as_json: Json = False) -> None:
    """Take a webhook away for good, with its secret and what it has not heard."""
    from web.hooks.commands import remove_hook

    with _at_work() as work:
        about = work.one(hook)
        remove_hook(work.engine.store, about.id, by=work.by, now=work.now)
        if as_json:
            say_json("hooks-remove/1", {"removed": about.id})
        else:
            say(f"{about.name} is told nothing any more.")


@dataclass(frozen=True, slots=True)
class _Work:
    """What a command works with, who gives it, and when."""

    engine: "Engine"
    settings: "Settings"
    rules: "AddressRules"
    by: str
    now: datetime

    @property
    def secret(self) -> "Secret":
        """The application's secret, without which nothing is signed; looking and pausing need none."""
        from ops.keys import secret_of

        return secret_of(self.settings)

    def all(self) -> "list[HookLine]":
        """The webhooks."""
        from web.reading.admin.hooks import hooks_of

        with self.engine.store.read() as session:
            return hooks_of(session, self.now)

    def one(self, name: str) -> "HookLine":
        """The webhook of this id or name. NotThereError when there is none, or several have the name."""
        found = [each for each in self.all() if name in (each.id, each.name)]
        if len(found) != 1:
            problem = f"there is no webhook `{name[:60]}`" if not found else "several webhooks have this name"
            raise NotThereError(problem, action="`casewright hooks list` shows them; give an id")
        return found[0]

    def tell(
        self, schema: str, hook_id: str, words: str = "", *, secret: str | None = None, as_json: bool
    ) -> None:
        """How it stands now; a secret is told once, alone on the standard output."""
        if as_json:
            told = {} if secret is None else {"secret": secret}
            say_json(schema, {**told, "hook": asdict(self.one(hook_id))})
        elif secret is not None:
            note("This is shown once; put it into the other system and keep it nowhere else.")
            say(secret)
        else:
            say(words)


@contextmanager
def _at_work() -> Iterator[_Work]:
    from ops import composition
    from ops.hooks import rules_of
    from ops.settings import load_settings

    settings = load_settings()
    with composition.open_engine(settings) as engine:
        rules, by = rules_of(settings), composition.operator()
        yield _Work(engine, settings, rules, by, engine.runtime.clock())


def _owner(work: _Work, login: str) -> str:
    from web.accounts.listing import find_account

    with work.engine.store.read() as session:
        found = find_account(session, login)
    if found is None:
        raise NotThereError(
            f"there is no account `{login[:60]}`", action="`casewright account list` shows them"
        )
    return found.staff_id


def _row(work: _Work, hook: "HookLine") -> tuple[str, ...]:
    state = "not reached" if hook.state == "on" and hook.failing_since else hook.state
    heard = at(hook.told_at, work.engine.zone) if hook.told_at else ""
    return (hook.id, hook.name, hook.url, state, str(hook.waiting or ""), heard)
