"""The names of the staff, each read once."""

from sqlmodel import Session

from models import Staff


class Names:
    """The names that one page needs, read as they are asked for."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[str, str | None] = {}

    def of(self, staff_id: str | None) -> str | None:
        """The name; None for nobody, and for who is no member of the staff."""
        if staff_id is None:
            return None
        if staff_id not in self._known:
            staff = self._session.get(Staff, staff_id)
            self._known[staff_id] = None if staff is None else staff.name
        return self._known[staff_id]
