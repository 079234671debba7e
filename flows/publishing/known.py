"""What a text is checked against: the processes that are in force here, and those that lie on the disk."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session, col, select

from definitions import Catalogue, Document, check, output_types, shared_name, shared_of, signatures
from definitions.plan import Plan
from flows.publishing.sent_files import parsed
from flows.versions import is_newest
from models import DefinitionVersion


@dataclass(frozen=True, slots=True)
class Known:
    """A catalogue with the definitions behind its processes; of two of a process the first counts."""

    catalogue: Catalogue
    documents: tuple[Document, ...]

    def with_documents(self, added: Iterable[Document]) -> "Known":
        """The same with more processes and shared files, in front of known ones of the same name."""
        given = tuple(added)
        together = (*(each for each in given if shared_name(each) is None), *self.documents)
        catalogue = replace(self.catalogue, shared={**self.catalogue.shared, **shared_of(given)})
        shown = signatures(together, catalogue.vocabulary, lambda each: output_types(each, catalogue))
        return Known(replace(catalogue, processes=shown), together)

    def document_of(self, process: str) -> Document | None:
        """The definition of a process; None where there is none."""
        return next((each for each in self.documents if process_of(each) == process), None)

    def plans_with(self, plan: Plan) -> dict[str, Plan]:
        """A plan and those of all processes that it may start, and they again; without what is faulty."""
        found, ahead = {plan.process: plan}, list(plan.processes)
        while ahead:
            name = ahead.pop()
            document = None if name in found else self.document_of(name)
            checked = None if document is None else check(document, self.catalogue)
            if checked is not None and checked.plan is not None:
                found[name] = checked.plan
                ahead += checked.plan.processes
        return found


def known_here(session: Session, catalogue: Catalogue, on_disk: Sequence[Document]) -> Known:
    """What is in force in this database, then what lies on the disk and was not published yet."""
    return Known(catalogue, (*in_force(session), *on_disk))


def in_force(session: Session) -> list[Document]:
    """The newest version of every process, as it was written."""
    query = select(DefinitionVersion.file_name, DefinitionVersion.source).where(is_newest())
    return [
        parsed(name, source) for name, source in session.exec(query.order_by(col(DefinitionVersion.process)))
    ]


def process_of(document: Document) -> str | None:
    """The process that a document defines, as far as it says."""
    value = document.value()
    name = value.get("process") if isinstance(value, dict) else None
    return name if isinstance(name, str) else None
