"""How the installation stands, written for a terminal."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.text import Text

from flows.figures import Figures
from models import Channel, InstanceStatus
from ops.composition import Engine
from ops.pages.status_page import StatusPage
from ops.pages.terminal import at, counted, made_table, safe
from ops.prefect_status import Prefect

Row = tuple[str, ...]


def status_text(page: StatusPage, engine: Engine) -> RenderableType:
    """The page, to be printed."""
    moment = f"{page.figures.at.astimezone(engine.zone):%Y-%m-%d %H:%M:%S}"
    headings, rows = process_rows(page.figures)
    title = Text(f"Casewright at {moment}", style="bold")
    cases = made_table(headings, rows) if rows else Text("No case has begun.")
    return Group(title, cases, made_table(("What", "How it stands"), list(figure_rows(page, engine.zone))))


def process_rows(now: Figures) -> tuple[Sequence[str], Sequence[Row]]:
    """Headings and rows of the table of processes; a status that no instance has gets no column."""
    shown = [status for status in InstanceStatus if now.by_status[status]]
    rows = [
        (name, *(str(counts.get(status, 0)) for status in shown))
        for name, counts in sorted(now.instances.items())
    ]
    return ("Process", *(status.value for status in shown)), rows


def figure_rows(page: StatusPage, zone: ZoneInfo) -> Iterator[Row]:
    """Rows of the table of figures: what, how it stands."""
    now = page.figures
    yield "ready", _with_age(counted(now.wakes, "wake"), now.lag, "the oldest has waited")
    yield "under way", _under_way(now)
    if now.lapsed:
        yield "left behind", f"{counted(now.lapsed, 'instance')} of a carrier that stopped; taken over next"
    yield "incidents", f"{now.incidents} to decide: casewright incidents" if now.incidents else "none"
    for channel in Channel:
        queue = now.outbox.get(channel)
        words = "nothing to send" if queue is None else f"{queue.unsent} to send"
        yield channel.value, _with_age(words, now.age(channel), "the oldest has waited")
    if now.hooks.untold or now.hooks.stopped:
        yield "webhooks", _hooks(now)
    yield "time", _time(now, zone)
    yield "scheduler", _scheduler(now, zone)
    yield "prefect", _prefect(page.prefect)
    if page.prefect.reachable:
        yield "workers", _workers(page.prefect)


def _under_way(now: Figures) -> str:
    if not now.holders:
        return "nothing"
    parts = [
        f"{safe(each.name)}: {counted(each.passes, 'pass', 'passes')}, {counted(each.instances, 'instance')}"
        for each in now.holders
    ]
    return "\n".join(parts)


def _hooks(now: Figures) -> str:
    words = _with_age(f"{now.hooks.untold} to tell", now.hook_age, "the oldest has waited")
    return f"{words}; {now.hooks.stopped} switched off: casewright hooks list" if now.hooks.stopped else words


def _time(now: Figures, zone: ZoneInfo) -> str:
    if now.overdue:
        return _with_age(f"{counted(now.overdue, 'timer')} overdue", now.lateness, "the first by")
    return "nothing is due" if now.next_due is None else f"next due {at(now.next_due, zone)}"


def _scheduler(now: Figures, zone: ZoneInfo) -> str:
    if now.leader is None:
        return "none: nothing that is due is done; start `casewright scheduler`"
    name = safe(now.leader.name)
    if now.leader.lapsed:
        return f"{name} has stopped saying that it leads; another one takes over, where one runs"
    return f"{name} leads since {at(now.leader.since, zone)}"


def _prefect(prefect: Prefect) -> str:
    if prefect.api is None:
        return "no server known; each command that needs one starts its own"
    if not prefect.reachable:
        return f"{safe(prefect.api)} does not answer; ordinary steps wait, critical ones do not"
    return f"{safe(prefect.api)} answers"


def _workers(prefect: Prefect) -> str:
    online = [safe(each.name) for each in prefect.workers if each.online]
    gone = len(prefect.workers) - len(online)
    words = ", ".join(online) or "none; start `casewright worker`"
    return f"{words} ({gone} more have gone)" if gone else words


def _with_age(words: str, age: timedelta, before: str) -> str:
    return f"{words}, {before} {duration(age)}" if age else words


def duration(span: timedelta) -> str:
    """A length of time in its two largest units: `3 s`, `2 min 5 s`, `1 d 4 h`."""
    seconds = int(span.total_seconds())
    units = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
    parts = []
    for name, size in units:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts[:2]) or "less than 1 s"
