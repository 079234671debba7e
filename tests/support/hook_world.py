"""A department with hooks, for the tests of what they hear."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from hook_receiver import Heard, Receiver
from sqlmodel import col, select

from models import Case, CaseStatus, Client, Hook, HookDelivery, HookEvent, Staff, Store, new_id
from notifications.hooks import AddressRules, HookPolicy, HookPost, exchange, new_secret

MONDAY = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
INSIDE = AddressRules(frozenset({"127.0.0.1"}))


@dataclass
class HookWorld:
    """A store, a receiver, the time, and the secrets of hooks by their ids."""

    store: Store
    receiver: Receiver
    now: datetime = MONDAY
    secrets: dict[str, list[str]] = field(default_factory=dict)
    within: float = 5.0

    def __post_init__(self) -> None:
        self.store.listening.clock = lambda: self.now

    def add(self, *rows: Any) -> None:
        with self.store.write() as session:
            session.add_all(rows)

    def hook(self, *events: HookEvent, **fields: Any) -> Hook:
        """A hook that hears of these, of everything where none is named."""
        given = {"url": f"{self.receiver.url}/hook?from=office", **fields}
        made = Hook(
            name="The other system",
            events=[each.value for each in events or HookEvent],
            secret="sealed",
            created_at=self.now,
            created_by="test",
            **given,
        )
        self.secrets[made.id] = [new_secret()]
        self.add(made)
        self.store.listening.forget()
        return made

    def case(self, **fields: Any) -> Case:
        client = Client(given_name="Rosa", family_name="Vega", created_at=self.now)
        made = Case(
            number=f"2026-{new_id()[-6:]}",
            client_id=client.id,
            received_at=self.now,
            created_at=self.now,
            **fields,
        )
        self.add(client, made)
        return made

    def activate(self, case: Case) -> None:
        with self.store.write() as session:
            row = session.get_one(Case, case.id)
            row.status, row.activated_on = CaseStatus.ACTIVE, date(2026, 3, 2)
            session.add(row)

    def staff(self, name: str = "Ada") -> Staff:
        made = Staff(name=name, email=f"{name.lower()}@office.example")
        self.add(made)
        return made

    def post(self, **more: Any) -> HookPost:
        def opened(hook: Hook) -> Sequence[str]:
            return self.secrets[hook.id]

        return replace(
            HookPost(
                store=self.store,
                clock=lambda: self.now,
                secrets=opened,
                send=partial(exchange, rules=INSIDE, within=self.within),
                rules=INSIDE,
                policy=HookPolicy(),
                address="https://cases.example.org",
                jitter=lambda: 0.0,
            ),
            **more,
        )

    def deliveries(self) -> list[HookDelivery]:
        with self.store.read() as session:
            return list(session.exec(select(HookDelivery).order_by(col(HookDelivery.id))))

    def hook_now(self, hook: Hook) -> Hook:
        with self.store.read() as session:
            return session.get_one(Hook, hook.id)

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)

    def told(self) -> list[str]:
        """The types of what was heard, in the order in which it came."""
        return [json.loads(each.body)["type"] for each in self.receiver.heard]


def verified(heard: Heard, secret: str) -> bool:
    """Whether one of the signatures is right, computed apart from the program's own code."""
    key = base64.b64decode(secret.split("_", 1)[1])
    signed = b".".join(
        [heard.headers["webhook-id"].encode(), heard.headers["webhook-timestamp"].encode(), heard.body]
    )
    right = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return f"v1,{right}" in heard.headers["webhook-signature"].split(" ")
