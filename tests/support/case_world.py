"""The desk of `web_desk`, where the shipped processes are published: a case of Worker's, whose supervisor is
Lead; Ana is of the intake team too, and Sam of the referral team.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from intake_world import plans
from web_desk import WebDesk, open_web_desk, publish

from flows import versions
from flows.inbox.case.starting import start_process
from models import Case, Instance


@contextmanager
def open_case(*processes: str) -> Iterator[WebDesk]:
    """The desk, with these of the shipped processes."""
    with open_web_desk(ana="intake_team", sam="referral_team") as office:
        publish(office.desk)
        for each in processes:
            versions.publish(office.web.runtime, plans()[each], by="test")
        yield office


def start(office: WebDesk, process: str = "case-assessment", **more: object) -> Instance:
    """The worker starts a process for the case."""
    told = {"inputs": {}, "by": office.desk.worker, "plan_of": office.web.plans.of, **more}
    return start_process(office.web.runtime, office.desk.case_id, process, **told).instance  # type: ignore[arg-type]


def case_of(office: WebDesk) -> Case:
    """The case as it is now."""
    with office.desk.store.read() as session:
        return session.get_one(Case, office.desk.case_id)
