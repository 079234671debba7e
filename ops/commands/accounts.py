"""Commands about accounts: make, list, disable, password, role, second factor, token. The first administrator
is made here and nowhere else.

A password comes by a prompt or by the standard input, never as an argument, which others could read.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from ops.errors import NotThereError, OpsError
from ops.pages.terminal import counted, note, say, say_json, table

if TYPE_CHECKING:
    from models import Account, ApiToken, Role, Staff, Store
    from web.accounts.listing import AccountRow

account = typer.Typer(help="Accounts of the web application.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")]
Login = Annotated[str, typer.Argument(metavar="LOGIN", help="The login name, or the id of the account.")]
Roles = Annotated[
    list[str] | None, typer.Option("--role", help="A role of the account; may be given several times.")
]
Stdin = Annotated[
    bool, typer.Option("--stdin", help="Read the password from the standard input, one line, without asking.")
]


@account.command("add")
def add(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The e-mail address of the member of staff.")],
    roles: Roles = None,
    name: Annotated[
        str | None, typer.Option("--name", help="Their name, where they are not among the staff yet.")
    ] = None,
    login: Annotated[
        str | None, typer.Option("--login", help="The login name (default: the e-mail address).")
    ] = None,
    stdin: Stdin = False,
    without: Annotated[
        bool, typer.Option("--without-password", help="They log in by OpenID Connect only.")
    ] = False,
    must_change: Annotated[
        bool, typer.Option("--must-change", help="They choose another password at their first login.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make an account for a member of staff."""
    from web.accounts.commands import make_account
    from web.accounts.passwords import Passwords

    wanted = read_roles(roles or ())
    with _at_work() as work:
        staff = _staff(work, email, name)
        made = make_account(
            work.store,
            Passwords(),
            staff.id,
            wanted,
            by=work.by,
            now=work.now,
            login=login,
            password=None if without else _password(stdin=stdin),
            must_change=must_change,
        )
        _tell("account-add/1", work, made, f"Made the account {made.login}.", as_json=as_json)


@account.command("list")
def list_accounts(as_json: Json = False) -> None:
    """List the accounts: who, their roles, whether they are disabled and have a second factor."""
    from web.accounts.listing import accounts

    with _at_work() as work, work.store.read() as session:
        rows = accounts(session)
    if as_json:
        say_json("account-list/1", {"accounts": [each.plain() for each in rows]})
        return
    table(("login", "name", "roles", "second factor", "state"), [_line(each) for each in rows])
    say(f"{counted(len(rows), 'account')}.")


@account.command("disable")
def disable(
    login: Login,
    reason: Annotated[str | None, typer.Option("--reason", help="Why; it is kept.")] = None,
    again: Annotated[bool, typer.Option("--enable", help="Let the account be used again.")] = False,
    as_json: Json = False,
) -> None:
    """Let nobody log in with an account any more, and end its sessions; or let it be used again."""
    from web.accounts.commands import disable as disable_account
    from web.accounts.commands import enable

    if not again and not (reason or "").strip():
        raise OpsError("disabling an account needs a reason", action="give it with --reason TEXT")
    with _at_work() as work:
        about = _account(work, login)
        if again:
            enable(work.store, about.id, by=work.by, now=work.now)
        else:
            disable_account(work.store, about.id, by=work.by, now=work.now, reason=reason or "")
        words = f"{about.login} can be used again." if again else f"{about.login} is disabled."
        _tell("account-disable/1", work, about, words, as_json=as_json)


@account.command("password")
def password(
    login: Login,
    stdin: Stdin = False,
    must_change: Annotated[
        bool, typer.Option("--must-change", help="They choose another one at their next login.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Give an account a new password; all its sessions end."""
    from web.accounts.commands import set_password
    from web.accounts.passwords import Passwords

    with _at_work() as work:
        about, typed = _account(work, login), _password(stdin=stdin)
        set_password(
            work.store, Passwords(), about.id, typed, by=work.by, now=work.now, must_change=must_change
        )
        _tell("account-password/1", work, about, f"{about.login} has a new password.", as_json=as_json)


@account.command("role")
def role(login: Login, roles: Roles = None, as_json: Json = False) -> None:
    """Give an account exactly these roles."""
    from web.accounts.commands import change_roles

    wanted = read_roles(roles or ())
    with _at_work() as work:
        about = _account(work, login)
        change_roles(work.store, about.id, wanted, by=work.by, now=work.now)
        words = f"{about.login} is {', '.join(sorted(wanted))}."
        _tell("account-role/1", work, about, words, as_json=as_json)


@account.command("totp")
def totp(
    login: Login,
    remove: Annotated[bool, typer.Option("--remove", help="Take the second factor away.")] = False,
    reason: Annotated[str | None, typer.Option("--reason", help="Why it is taken away; it is kept.")] = None,
    as_json: Json = False,
) -> None:
    """Give an account a second factor: show its QR code, and ask for the first code; or take it away."""
    from web.accounts.commands import remove_totp

    if remove and not (reason or "").strip():
        raise OpsError("taking a second factor away needs a reason", action="give it with --reason TEXT")
    with _at_work() as work:
        about = _account(work, login)
        if remove:
            remove_totp(work.store, about.id, by=work.by, now=work.now, reason=reason or "")
            words = f"{about.login} logs in without a second factor."
            _tell("account-totp/1", work, about, words, as_json=as_json)
            return
        _enrol(work, about, as_json=as_json)


@account.command("openid")
def openid(
    login: Login,
    by_email: Annotated[
        bool, typer.Option("--by-email", help="The first login may be matched by a verified e-mail address.")
    ] = False,
    forget: Annotated[
        bool, typer.Option("--forget", help="Tie the account to no login at a provider any more.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Let an account log in at a provider of OpenID Connect, or no more."""
    from web.accounts.commands import allow_openid_by_email, forget_openid

    if by_email is forget:
        raise OpsError("it is not said what to do", action="give --by-email or --forget")
    with _at_work() as work:
        about = _account(work, login)
        if forget:
            forget_openid(work.store, about.id, by=work.by, now=work.now)
            words = f"{about.login} is tied to no provider."
        else:
            allow_openid_by_email(work.store, about.id, by=work.by, now=work.now, allowed=True)
            words = f"{about.login} may log in by a verified e-mail address the first time."
        _tell("account-openid/1", work, about, words, as_json=as_json)


@account.command("token")
def token(
    login: Login,
    name: Annotated[str | None, typer.Option("--name", help="Which program has it.")] = None,
    scopes: Annotated[
        list[str] | None, typer.Option("--scope", help="What it may do; may be given several times.")
    ] = None,
    days: Annotated[int, typer.Option("--days", help="For how many days, 366 at most.")] = 90,
    revoke: Annotated[
        str | None, typer.Option("--revoke", metavar="TOKEN", help="The id of a token that counts no more.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a token for a program that acts for an account, list its tokens, or revoke one."""
    from web.accounts.tokens import make_token, revoke_token

    with _at_work() as work:
        about, value = _account(work, login), None
        if revoke is not None:
            revoke_token(work.store, revoke, by=work.by, now=work.now)
        elif name is not None or scopes:
            lasts = timedelta(days=days)
            made = make_token(work.store, about.id, name or "", scopes or (), lasts, by=work.by, now=work.now)
            value = made.value
        _tell_tokens(work, about, value, as_json=as_json)


def read_roles(names: Sequence[str]) -> "frozenset[Role]":
    """The roles of these names. OpsError for one that there is not, and for none at all."""
    from definitions import suggest
    from models import Role

    known = [each.value for each in Role]
    for name in names:
        if name not in known:
            meant = suggest(name, known)
            action = f"did you mean {meant}?" if meant else f"the roles are {', '.join(known)}"
            raise OpsError(f"there is no role `{name[:60]}`", action=action)
    if not names:
        raise OpsError("an account has a role", action=f"give --role: {', '.join(known)}")
    return frozenset(Role(name) for name in names)


@dataclass(frozen=True, slots=True)
class _Work:
    """The database that a command works on, who gives it, and when."""

    store: "Store"
    by: str
    now: datetime


@contextmanager
def _at_work() -> Iterator[_Work]:
    from flows.runtime import system_clock
    from ops import composition
    from ops.settings import load_settings

    with composition.opened(load_settings()) as store:
        yield _Work(store, composition.operator(), system_clock())


def _staff(work: _Work, email: str, name: str | None) -> "Staff":
    """The member of staff of this address; a new one where a name is given and there is none."""
    from models import Staff, StaffInput
    from ops.references import find_staff
    from tasks.history import Act, write_audit

    given = None if name is None else StaffInput.parse({"name": name, "email": email}, today=work.now.date())
    with work.store.write() as session:
        try:
            found = find_staff(session, email if given is None else given.email)
        except NotThereError:
            if given is None:
                raise NotThereError(
                    f"there is no member of staff `{email[:60]}`",
                    action="import the staff first, or give their name with --name",
                ) from None
            found = Staff(**given.model_dump())
            session.add(found)
            write_audit(session, work.by, Act.CREATE, "Staff", found.id, work.now, fields=("name", "email"))
    if found is None:
        raise NotThereError("nobody is named", action="give an e-mail address")
    return found


def _account(work: _Work, name: str) -> "Account":
    from web.accounts.listing import find_account

    with work.store.read() as session:
        found = find_account(session, name)
    if found is None:
        raise NotThereError(
            f"there is no account `{name[:60]}`", action="`casewright account list` shows them"
        )
    return found


def _password(*, stdin: bool) -> str:
    """A password that is typed twice, or the first line of the standard input."""
    if stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt="The same again", err=True))


def _enrol(work: _Work, about: "Account", *, as_json: bool) -> None:
    """Show the QR code, ask for the first code, and make the second factor count."""
    from flows.runtime import system_clock
    from ops.keys import keys_of
    from ops.settings import load_settings
    from web.accounts.commands import begin_totp, confirm_totp

    keys = keys_of(load_settings())
    enrolment = begin_totp(work.store, keys, about.id, by=work.by, now=work.now)
    note(_drawn(enrolment.address))
    note(f"Scan this with an authenticator app, or type into it: {enrolment.secret}")
    code = str(typer.prompt("The code that it shows", err=True))
    if not confirm_totp(work.store, keys, about.id, code, by=work.by, now=system_clock()):
        raise OpsError("this is not the code of this moment", action="give the command again")
    _tell("account-totp/1", work, about, f"{about.login} logs in with a second factor.", as_json=as_json)


def _drawn(address: str) -> str:
    """A QR code, drawn in half blocks."""
    import io

    import segno

    written = io.StringIO()
    segno.make(address).terminal(out=written, compact=True)
    return written.getvalue()


def _tell(schema: str, work: _Work, about: "Account", words: str, *, as_json: bool) -> None:
    from web.accounts.listing import accounts

    if not as_json:
        say(words)
        return
    with work.store.read() as session:
        (row,) = accounts(session, about.id)
    say_json(schema, {"account": row.plain()})


def _tell_tokens(work: _Work, about: "Account", value: str | None, *, as_json: bool) -> None:
    """The tokens of an account; a new one is told once, alone on the standard output."""
    from web.accounts.tokens import tokens_of

    with work.store.read() as session:
        rows = tokens_of(session, about.id)
    if as_json:
        kept = ("id", "name", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at")
        listed = [{key: getattr(each, key) for key in kept} for each in rows]
        say_json("account-token/1", {"token": value, "tokens": listed})
    elif value is not None:
        note("This is shown once; give it to the program and keep it nowhere else.")
        say(value)
    else:
        lines = [
            (each.id, each.name, ", ".join(each.scopes), str(each.expires_at.date()), _ended(each, work.now))
            for each in rows
        ]
        table(("token", "program", "scopes", "until", "state"), lines)


def _ended(row: "ApiToken", now: datetime) -> str:
    if row.revoked_at is not None:
        return "revoked"
    return "over" if row.expires_at <= now else ""


def _line(row: "AccountRow") -> tuple[str, ...]:
    state = "disabled" if row.disabled else "has no password" if not row.has_password else ""
    return (row.login, row.name, ", ".join(row.roles), "yes" if row.second_factor else "", state)
