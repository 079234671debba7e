"""The composition root: settings in, a working engine out."""

import getpass
import os
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self
from zoneinfo import ZoneInfo

import migrations
from definitions import Diagnostic, Document, Plan, parse
from flows.dispatch import Carry, Deliver, OnPass, directly, run_until_quiet
from flows.post import First, critical_delivery, delivery
from flows.runner import PassReport
from flows.runtime import LeaseClock, Runtime, system_clock
from flows.versions import Plans, publish
from models import Channel as ChannelKind
from models import DefinitionVersion, Store, new_id, open_store
from notifications import Channel, FolderChannel, Policy, SmtpChannel, TwilioChannel
from ops.catalogue import Installation, load_installation
from ops.checking import check_document
from ops.errors import OpsError
from ops.faults import reach_of
from ops.fitting import unfit
from ops.hooks import hook_telling
from ops.logs import logged
from ops.prefect_home import own_prefect
from ops.settings import Settings
from ops.tracing import traced


@dataclass(frozen=True, slots=True)
class Engine:
    """Everything that runs cases here. Close the store when done, or use `open_engine`."""

    settings: Settings
    installation: Installation
    runtime: Runtime
    plans: Plans
    deliver: Deliver
    deliver_critical: Callable[[First], int]
    tell_hooks: Callable[[], int] = lambda: 0

    @property
    def store(self) -> Store:
        """The database."""
        return self.runtime.store

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the department's usual calendar."""
        return ZoneInfo(self.installation.catalogue.vocabulary.calendar().zone)

    def run(self, carry: Carry = directly, on_pass: OnPass | None = None) -> int:
        """Fire what is due, run what is ready, send what is queued, until nothing moves; returns the
        passes.
        """
        return run_until_quiet(self.runtime, self.plans, carry=carry, deliver=self.deliver, on_pass=on_pass)


@contextmanager
def open_engine(
    settings: Settings, clock: Callable[[], datetime] | None = None, holder: str = "command-line"
) -> Iterator[Engine]:
    """The engine of these settings. A database that does not exist yet is made; an old one is refused.
    Without `clock` it is the system's. `holder` is what its leases say of who has them, beside host and
    process.
    """
    installation = load_installation(settings)
    with opened(settings) as store:
        store.reach = reach_of(settings.fault)
        runtime = Runtime(
            store=store,
            handlers=installation.handlers,
            catalogue=installation.catalogue,
            clock=clock or system_clock,
            new_id=new_id,
            limits=settings.limits,
            reach=store.reach,
            holder=f"{holder} {socket.gethostname()}:{os.getpid()}",
            lease_clock=LeaseClock.DATABASE if clock is None else LeaseClock.OWN,
            address=(settings.web_address or "").rstrip("/"),
        )
        channels = channels_of(settings)
        policy = policy_of(installation, channels)
        with logged(settings, runtime), traced(settings, runtime):
            yield Engine(
                settings,
                installation,
                runtime,
                Plans(runtime),
                delivery(runtime, channels, policy),
                critical_delivery(runtime, channels, policy),
                hook_telling(settings, runtime),
            )


@contextmanager
def opened(settings: Settings, *, upgrade: bool = False) -> Iterator[Store]:
    """The database, at the revision of this release: a new one is made, an old one only brought up when
    `upgrade` says so. Raises OpsError otherwise.
    """
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if settings.database_file is not None:
        settings.database_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with store_of(settings) as store:
        present = migrations.current(store.engine)
        if present is None or upgrade:
            migrations.upgrade(store.engine)
        elif present != migrations.head():
            raise OpsError(
                f"the database is at revision {present}, this release needs {migrations.head()}",
                action="make a backup, then run: casewright db upgrade",
            )
        yield store


def store_of(settings: Settings) -> Store:
    """The database as it is, not upgraded. OpsError when its driver is not installed."""
    try:
        return open_store(settings.database_url)
    except ImportError as error:
        raise OpsError(
            f"the driver `{error.name}` of the database is not installed",
            action="install it, or correct CASEWRIGHT_DATABASE_URL",
        ) from error


def channels_of(settings: Settings) -> Mapping[ChannelKind, Channel]:
    """E-mail and SMS: the providers that are configured, else the messages folder in the home."""
    folder = FolderChannel(settings.messages)
    return {
        ChannelKind.EMAIL: folder if settings.smtp is None else SmtpChannel(settings.smtp),
        ChannelKind.SMS: folder if settings.twilio is None else TwilioChannel(settings.twilio),
    }


def policy_of(installation: Installation, channels: Mapping[ChannelKind, Channel]) -> Policy:
    """The outbox's policy: the office's zone; a folder is asked at once what became of a message."""
    zone = installation.catalogue.vocabulary.calendar().zone
    if all(isinstance(channel, FolderChannel) for channel in channels.values()):
        return Policy(zone=zone, first_poll=timedelta(0))
    return Policy(zone=zone)


# -- definitions


@dataclass(frozen=True, slots=True)
class Published:
    """A plan and its version."""

    plan: Plan
    version: DefinitionVersion


def publish_document(engine: Engine, document: Document) -> tuple[Published | None, Sequence[Diagnostic]]:
    """Check a definition and publish it if it is sound; the diagnostics are those of the check. The same
    content is published once.
    """
    checked = check_document(engine.installation, document)
    if checked.plan is None:
        return None, checked.diagnostics
    plan = _named(engine, document) or checked.plan
    return Published(plan, publish(engine.runtime, plan, by=operator())), checked.diagnostics


def _named(engine: Engine, document: Document) -> Plan | None:
    """The plan under its file's name alone, since positions go into the journal and into Prefect; None where
    the document is named so already.
    """
    name = Path(document.file).name
    if name == document.file:
        return None
    return check_document(engine.installation, parse(document.text.encode(), name)).plan


def publish_known(engine: Engine) -> tuple[Mapping[str, Published], Sequence[Diagnostic]]:
    """Publish the shipped and the department's own definitions, as far as they are sound; the diagnostics are
    the errors of those that are not; beside own ones a shipped one only matters where it is needed. What has
    not changed keeps its version.
    """
    found: dict[str, Published] = {}
    errors: dict[int, list[Diagnostic]] = {}
    installation = engine.installation
    for document in installation.documents:
        published, diagnostics = publish_document(engine, document)
        if published is not None:
            found.setdefault(published.plan.process, published)
        else:
            errors[id(document)] = [each for each in diagnostics if each.severity == "error"]
    own = [each for each in installation.documents if not installation.is_shipped(each)]
    told = [each for document in own for each in errors.get(id(document), ())]
    named = installation.own if engine.settings.definitions else installation.names
    return found, [*told, *unfit(installation, named, lambda each: errors.get(id(each), ()))]


def operator() -> str:
    """Who gives commands here: the account of the operating system."""
    try:
        return f"operator:{getpass.getuser()}"
    except (KeyError, OSError, ImportError):  # an account without a name, as in some containers
        return "operator"


# -- carriers


class LazyPrefect:
    """Carries passes by Prefect, which is imported and started when the first pass comes, not before.

    Use it in a `with` block: leaving it waits until Prefect has recorded everything.
    """

    def __init__(self, settings: Settings, on_start: Callable[[], None] | None = None) -> None:
        self._settings = settings
        self._on_start = on_start
        self._stack = ExitStack()
        self._carrier: Carry | None = None

    def __call__(
        self, runtime: Runtime, plan: Plan, version: DefinitionVersion, ids: Sequence[str]
    ) -> PassReport:
        """One pass as a Prefect flow run."""
        if self._carrier is None:
            self._carrier = self._start()
        return self._carrier(runtime, plan, version, ids)

    def _start(self) -> Carry:
        if self._on_start is not None:
            self._on_start()
        self._stack.enter_context(own_prefect(self._settings))
        from flows.carrier import PrefectCarrier

        return self._stack.enter_context(PrefectCarrier())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)


@contextmanager
def carrying(
    settings: Settings, *, prefect: bool, on_start: Callable[[], None] | None = None
) -> Iterator[Carry]:
    """The carrier of a command: Prefect, or none. `on_start` is told before Prefect starts."""
    if not prefect:
        yield directly
        return
    with LazyPrefect(settings, on_start) as carrier:
        yield carrier
