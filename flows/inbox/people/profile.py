"""The command that corrects what is known of a client themself, or adds to it."""

from typing import Final

from flows.inbox.commands import command
from flows.inbox.desk import ChangedError
from flows.inbox.people.around import Doing, around
from models import Client, ClientInput, Store

FACTS: Final = {
    "given_name": "given name",
    "family_name": "family name",
    "preferred_name": "preferred name",
    "other_names": "other names",
    "hidden_name": "whether the name is hidden",
    "date_of_birth": "day of birth",
    "date_of_birth_quality": "how well the day of birth is known",
    "language": "language",
    "interpreter_needed": "whether an interpreter is needed",
    "living_situation": "where they live",
    "domestic_violence": "domestic violence",
    "lone_visit_note": "what to know when visiting alone",
}
"""What may be corrected, with the words for it."""

GRAVE: Final = ("domestic_violence", "lone_visit_note")
"""What concerns somebody's safety: a change of it stands out in the chronology."""


@command
def change_profile(
    store: Store, case_id: str, given: ClientInput, doing: Doing, *, revision: int | None = None
) -> Client:
    """Correct what is known of the client of a case; what `FACTS` does not name stays. Messages are judged by
    it from this commit on, those too that wait to be sent. The same again changes nothing. ChangedError when
    it is not as it was at `revision` any more.
    """
    with store.write("wake") as session:
        here = around(session, case_id, doing)
        client = here.client
        session.refresh(client, with_for_update={"key_share": True})
        if revision is not None and client.revision != revision:
            raise ChangedError("somebody has changed what is known of this client since you read it")
        changed = [name for name in FACTS if getattr(client, name) != getattr(given, name)]
        for name in changed:
            setattr(client, name, getattr(given, name))
        if changed:
            words = ", ".join(FACTS[name] for name in changed)
            here.keep(
                client,
                changed,
                _title(changed, given),
                detail=words[:1].upper() + words[1:],
                significant=any(name in GRAVE for name in changed),
            )
        return client


def _title(changed: list[str], given: ClientInput) -> str:
    if "domestic_violence" not in changed:
        return "What is known of the client was corrected"
    if given.domestic_violence:
        return "Domestic violence is known: nothing goes to a number that is not confirmed as safe"
    return "Domestic violence is not thought to be a danger any more"
