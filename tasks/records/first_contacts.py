"""What a case takes over from the contact that its process began with."""

from typing import Final

from models import Case, FirstContact
from tasks.call import Call
from tasks.history import Happening, chronicle

STARTED_BY: Final = "contact:"
"""What the start key of an instance begins with that a contact has begun; the contact's id follows."""

LONGEST_WHO: Final = 200


def take_over(call: Call, case: Case) -> None:
    """The case is the contact's, if one has begun this process: what was needed is its reason, unless one is
    given, and the contact stands in its chronology.
    """
    key = call.instance.start_key
    if not key.startswith(STARTED_BY):
        return
    contact = call.session.get(FirstContact, key.removeprefix(STARTED_BY))
    if contact is None:
        return
    contact.case_id = case.id
    call.session.add(contact)
    if contact.need and not case.reason:
        case.reason = contact.need
        call.session.add(case)
    who = f"Referred by {contact.referred_by[:LONGEST_WHO]}." if contact.referred_by else ""
    chronicle(
        call,
        Happening.CONTACT_MADE,
        "Asked for help",
        " ".join(filter(None, (who, contact.need))),
        record=("FirstContact", contact.id),
    )
