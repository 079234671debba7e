"""The shipped processes on a real database, with synthetic clients and scripted people."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache, partial
from typing import Any

from definitions import Catalogue, Plan, check, process_files, read
from flows.dispatch import Carry, directly, run_until_quiet
from flows.instances import start
from flows.post import delivery
from flows.runtime import Runtime
from flows.script import Script, apply_script
from flows.versions import Plans, publish
from models import Channel as ChannelKind
from models import (
    Client,
    ContactKind,
    ContactPoint,
    DateQuality,
    GroupRole,
    Income,
    IncomeFrequency,
    IncomeSource,
    PhoneType,
    Record,
    Safety,
    Service,
    Staff,
    StaffGroup,
    Store,
    new_id,
)
from notifications import Channel, Policy
from ops.catalogue import load_installation
from ops.settings import Settings
from tasks.registry import load_kinds

MONDAY = datetime(2026, 3, 2, 15, tzinfo=UTC)
"""10:00 in the office of the shipped calendar."""


@cache
def catalogue() -> Catalogue:
    """What the shipped definitions may name."""
    from pathlib import Path

    home = Path("unused")
    return load_installation(Settings(home=home, database_url="sqlite:///unused")).catalogue


@cache
def plans() -> Mapping[str, Plan]:
    """The shipped processes, checked."""
    checked = [check(read(path), catalogue()) for path in process_files()]
    found = [each.plan for each in checked if each.plan is not None]
    return {plan.process: plan for plan in found}


def staff() -> list[Record]:
    """A small department: everybody that the shipped vocabulary needs."""
    supervisor = Staff(name="Synthetic Supervisor", email="supervisor@example.org", phone="+12025550150")
    worker = Staff(
        name="Synthetic Worker", email="worker@example.org", phone="+12025550151", supervisor_id=supervisor.id
    )
    others = {
        "referral_team": Staff(name="Synthetic Specialist", email="specialist@example.org"),
        "duty_managers": Staff(name="Synthetic Duty", email="duty@example.org", phone="+12025550152"),
        "managers": Staff(name="Synthetic Manager", email="manager@example.org"),
    }
    groups = [
        StaffGroup(staff_id=supervisor.id, group="intake_team", role=GroupRole.SUPERVISOR),
        StaffGroup(staff_id=worker.id, group="intake_team", role=GroupRole.MEMBER),
        *(StaffGroup(staff_id=each.id, group=group, role=GroupRole.MEMBER) for group, each in others.items()),
    ]
    return [supervisor, worker, *others.values(), *groups]


def client(number: int, *, phone_safe: Safety = Safety.YES, email_safe: Safety = Safety.YES) -> list[Record]:
    """One synthetic client with an e-mail, a telephone twice, and an income."""
    person = Client(
        given_name="Synthetic",
        family_name=f"Client {number}",
        date_of_birth=date(1950, 5, 1),
        date_of_birth_quality=DateQuality.FULL,
        language="en",
        created_at=MONDAY,
    )
    mobile = f"+120255501{number:02d}"
    contact = partial(ContactPoint, client_id=person.id, created_at=MONDAY)
    return [
        person,
        contact(
            kind=ContactKind.EMAIL, value=f"client{number}@example.org", safe=email_safe, confirmed_at=MONDAY
        ),
        contact(
            kind=ContactKind.PHONE,
            phone_type=PhoneType.CELL,
            value=mobile,
            safe=phone_safe,
            confirmed_at=MONDAY,
        ),
        contact(kind=ContactKind.PHONE, phone_type=PhoneType.CELL, value=mobile, safe=Safety.UNKNOWN),
        Income(
            client_id=person.id,
            source=IncomeSource.EARNED,
            amount=Decimal("250.00"),
            currency="USD",
            frequency=IncomeFrequency.WEEKLY,
            starts_on=date(2025, 1, 1),
            recorded_at=MONDAY,
        ),
    ]


def services() -> list[Record]:
    """One service per category that the scripts refer to."""
    return [
        Service(
            reference=reference,
            name=f"Synthetic {category}",
            organization="Synthetic help",
            categories=[category],
            created_at=MONDAY,
        )
        for reference, category in (("FOOD-1", "food-insecurity"), ("HOME-1", "housing-instability"))
    ]


def answers(danger: str = "no", needs: Sequence[str] = ("food-insecurity",), **more: Any) -> Script:
    """What people do in an intake that goes all the way through."""
    service = {"food-insecurity": "FOOD-1", "housing-instability": "HOME-1"}
    goal = {
        "specific": "Eat three times a day",
        "indicator": "meals a day",
        "target": "three",
        "need": "food-insecurity",
        "due": "60 days",
        "achievable": "the food bank is near",
    }
    plain = {
        "assessment": {"book": {"in": "2 working days", "place": "Office"}},
        "findings": {
            "first": {"immediate_danger": danger},
            "answers": {
                "identity_verified": "yes",
                "housing": "stable",
                "health": "condition",
                "needs": list(needs),
                "consent": "yes",
            },
        },
        "referral_task": {"each": {need: {"answers": {"service": service[need]}} for need in needs}},
        "plan": {"goals": [goal]},
    }
    return Script.read({**plain, **more})


@dataclass(frozen=True, slots=True)
class IntakeWorld:
    """The engine on one database, with channels of the test's choice."""

    runtime: Runtime
    plans: Plans
    channels: Mapping[ChannelKind, Channel]
    policy: Policy

    def drive(self, scripts: Mapping[str, Script], carry: Carry = directly) -> None:
        """Run everything and let people do what the scripts say, until nothing moves."""
        deliver = delivery(self.runtime, self.channels, self.policy)
        while True:
            run_until_quiet(self.runtime, self.plans, carry=carry, deliver=deliver)
            if not sum(apply_script(self.runtime, instance, script) for instance, script in scripts.items()):
                return

    def begin(self, client_id: str, key: str) -> str:
        """Start an intake, once per key."""
        version = [
            publish(self.runtime, plan, by="test") for plan in plans().values() if plan.process == "intake"
        ]
        inputs = {"client": client_id, "received_at": MONDAY.isoformat()}
        return start(self.runtime, plans()["intake"], version[0], inputs, key=key).instance.id


def open_world(
    store: Store,
    channels: Mapping[ChannelKind, Channel],
    *,
    now: datetime = MONDAY,
    reach: Callable[[str], None] | None = None,
) -> IntakeWorld:
    """A world at a moment that does not move. The shipped processes are published.

    Work takes no time in it, so that batches are cut the same on every machine.
    """
    more: dict[str, Any] = {"stopwatch": lambda: 0.0, **({} if reach is None else {"reach": reach})}
    runtime = Runtime(store, load_kinds(), catalogue(), lambda: now, new_id, holder="test", **more)
    for plan in plans().values():
        publish(runtime, plan, by="test")
    zone = catalogue().vocabulary.calendar().zone
    return IntakeWorld(runtime, Plans(runtime), channels, Policy(zone=zone, first_poll=timedelta(0)))
