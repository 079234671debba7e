"""Files for the items of a form: kept in the database, in one transaction with who gave them and when."""

from datetime import datetime

from sqlmodel import Session, col, select

from flows.inbox.commands import command
from flows.inbox.desk import OPERATOR, ConflictError, TaskEndedError, ended, find
from models import HumanTask, Store, StoredContents, StoredFile, TaskStatus
from tasks.history import Act, write_audit
from tasks.people.file_kinds import Upload
from tasks.people.form_items import FILED
from tasks.people.forms import FormError, ItemProblem, entry_of, place_of
from tasks.people.human_tasks import is_open, note

MOST_FILES = 100
"""Files of one task at most."""


@command
def store_file(
    store: Store, task_id: str, item: str, upload: Upload, *, by: str | None, now: datetime
) -> StoredFile:
    """Keep a file for an item of a task's form. It becomes the answer when it is given as one.

    The same contents for the same item a second time are the file that is there. FormError for an item that
    takes no file; TaskEndedError where nobody can answer any more.
    """
    with store.write() as session:
        task = find(session, task_id, by)
        if not is_open(task) and task.status is not TaskStatus.COMPLETED:
            raise TaskEndedError(ended(task))
        entry = entry_of(task.form, item)
        if entry["type"] not in FILED:
            raise FormError([ItemProblem(str(entry["id"]), "this question does not ask for a file")])
        step, name = place_of(entry)
        known = _of_task(session, task)
        same = [each for each in known if (each.step, each.item, each.sha256) == (step, name, upload.sha256)]
        if same:
            return same[0]
        if len(known) >= MOST_FILES:
            raise ConflictError(f"this task has {MOST_FILES} files already")
        return _keep(session, task, (step, name), upload, by, now)


def _of_task(session: Session, task: HumanTask) -> list[StoredFile]:
    return list(session.exec(select(StoredFile).where(col(StoredFile.task_id) == task.id)))


def _keep(
    session: Session, task: HumanTask, place: tuple[str, str], upload: Upload, by: str | None, now: datetime
) -> StoredFile:
    kept = StoredFile(
        task_id=task.id,
        case_id=task.case_id,
        step=place[0],
        item=place[1],
        name=upload.name,
        media_type=upload.media_type,
        size=len(upload.contents),
        sha256=upload.sha256,
        stored_at=now,
        stored_by=by,
    )
    session.add(kept)
    session.flush()
    session.add(StoredContents(file_id=kept.id, contents=upload.contents))
    note(session, task, "file_added", now, by=by)
    write_audit(
        session,
        by or OPERATOR,
        Act.CREATE,
        "StoredFile",
        kept.id,
        now,
        fields=("contents",),
        case_id=task.case_id,
    )
    return kept
