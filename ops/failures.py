"""How an error is told to the person who gave the command: one line, and no traceback."""


def told(error: Exception) -> str | None:
    """The error in words: what, where, next action. None for one that nobody foresaw."""
    from sqlalchemy.exc import DatabaseError, DBAPIError

    if isinstance(error, _expected()):
        return str(error)
    if isinstance(error, DBAPIError):
        missing = "no such table" in str(error.orig) or "does not exist" in str(error.orig)
        if isinstance(error, DatabaseError) and missing:
            return "the database lacks a table; run: casewright db upgrade"
        return f"the database can't be used ({type(error.orig).__name__}); run: casewright db check"
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}; check the path and its permissions"
    return None


def _expected() -> tuple[type[Exception], ...]:
    from definitions import DefinitionError
    from definitions.expressions import EvaluationError
    from flows.errors import FlowError
    from migrations import MigrationError
    from models import RecordError
    from notifications import NotificationError
    from ops.errors import OpsError
    from tasks.result import TaskError
    from web.errors import WebError

    return (
        DefinitionError,
        EvaluationError,
        FlowError,
        MigrationError,
        NotificationError,
        OpsError,
        RecordError,
        TaskError,
        WebError,
    )
