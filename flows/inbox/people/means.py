"""Commands about what a household lives on, and about consents. Nothing is deleted: an income ends on a day,
a consent is withdrawn.
"""

from datetime import date
from typing import Final

from flows.inbox.commands import command
from flows.inbox.desk import InboxError
from flows.inbox.people.around import Around, Doing, around, members_of, membership_of
from flows.inbox.read_state import as_word
from models import Consent, ConsentInput, Income, IncomeInput, Store, new_id, related
from tasks.history import Happening

_AMOUNT: Final = ("source", "amount", "currency", "frequency")


def state_of_income(income: Income) -> str:
    """An income as one word that is another with every change."""
    return as_word(repr(getattr(income, name)) for name in (*_AMOUNT, "starts_on", "ends_on", "confirmed_on"))


def state_of_consent(consent: Consent) -> str:
    """A consent as one word, which is another when it is taken back."""
    return as_word((str(consent.expires_at), str(consent.withdrawn_at)))


@command
def add_income(store: Store, case_id: str, given: IncomeInput, doing: Doing) -> Income:
    """Somebody of the household gets an income. The same one again gives it back."""
    with store.write("wake") as session:
        here = around(session, case_id, doing)
        _check_member(here, given.client_id)
        values = given.model_dump()
        for each in related(session, Income, client_id=given.client_id):
            same = all(getattr(each, name) == values[name] for name in _AMOUNT)
            if same and each.counts_on(doing.today):
                return each
        if values["confirmed_on"] is None:
            values["confirmed_on"] = doing.today
        made = Income(id=new_id(), recorded_at=doing.now, **values)
        what = given.source.value.replace("_", " ")
        here.keep(made, sorted(given.model_fields_set), f"Income recorded: {what}", new=True)
        return made


@command
def end_income(store: Store, case_id: str, income_id: str, ends_on: date, doing: Doing) -> Income:
    """An income was received for the last time on a day. Again changes nothing."""
    with store.write("wake") as session:
        here = around(session, case_id, doing)
        found: Income | None = session.get(Income, income_id)
        if found is None:
            raise InboxError("there is no such income")
        _check_member(here, found.client_id)
        if found.starts_on is not None and ends_on < found.starts_on:
            raise InboxError("the day lies before the one on which it began")
        if found.ends_on is None:
            found.ends_on = ends_on
            what = found.source.value.replace("_", " ")
            here.keep(found, ("ends_on",), f"Income ends: {what}")
        return found


@command
def record_consent(store: Store, case_id: str, given: ConsentInput, doing: Doing) -> Consent:
    """A consent was given, outside of a form. The same one again gives it back."""
    if given.given_at > doing.now:
        raise InboxError("the consent would begin in the future; record it when it was given")
    with store.write("wake") as session:
        here = around(session, case_id, doing)
        values = {
            **given.model_dump(),
            "client_id": here.client.id,
            "case_id": here.case.id,
            "recipients": list(given.recipients),
            "data_categories": list(given.data_categories),
        }
        alike = ("purpose", "recipients", "data_categories", "given_by", "expires_at")
        for each in related(session, Consent, client_id=here.client.id):
            same = all(getattr(each, name) == values[name] for name in alike)
            if same and each.is_valid(doing.now) and each.case_id == here.case.id:
                return each
        made = Consent(id=new_id(), recorded_by=doing.by, **values)
        title = f"Consent given: {given.purpose}"
        fields = sorted(given.model_fields_set)
        here.keep(made, fields, title, kind=Happening.CONSENT_GIVEN, significant=True, new=True)
        return made


@command
def withdraw_consent(store: Store, case_id: str, consent_id: str, doing: Doing) -> Consent:
    """A consent is taken back: nothing is passed on by it from this commit on. Again changes nothing."""
    with store.write("wake") as session:
        here = around(session, case_id, doing)
        found = here.theirs(Consent, consent_id, "consent")
        if found.withdrawn_at is None:
            found.withdrawn_at = max(doing.now, found.given_at)
            title = f"Consent taken back: {found.purpose}"
            here.keep(found, ("withdrawn_at",), title, kind=Happening.CONSENT_WITHDRAWN, significant=True)
        return found


def _check_member(here: Around, client_id: str) -> None:
    """The client, or somebody who lives with them today."""
    if client_id == here.client.id:
        return
    mine = membership_of(here.session, here.client.id, here.doing.today)
    home = [] if mine is None else members_of(here.session, mine.household_id, here.doing.today)
    if client_id not in {each.client_id for each in home}:
        raise InboxError("that person does not live in the household")
