"""One look at the history of tasks serves all pages that are open."""

from datetime import timedelta

from account_world import MORNING
from databases import in_memory
from statements import statements

from models import HumanTask, TaskKind
from tasks.people.human_tasks import note
from web.reading.work.newest import LASTS, Newest


def test_pages_ask_once_and_hear_of_whatever_happened_to_a_task() -> None:
    newest = Newest()
    with in_memory() as store:
        with statements(store) as sent:
            assert [newest.of(store, MORNING) for _ in range(200)] == [""] * 200
        assert len(sent) == 1
        task = HumanTask(kind=TaskKind.NOTICE, title="Look", created_at=MORNING)
        with store.write() as session:
            session.add(task)
            event = note(session, task, "created", MORNING).id
        assert newest.of(store, MORNING + LASTS / 2) == ""
        assert newest.of(store, MORNING + LASTS) == event
        assert newest.of(store, MORNING - timedelta(hours=1)) == event  # a clock that was set back
