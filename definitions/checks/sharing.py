"""Checking a shared file: by itself, and as seen from a step that uses it. Its problems stand at its own
places.
"""

from typing import Any

from definitions.catalogue import Catalogue, Look, Names
from definitions.checks.advice import advised
from definitions.checks.checking import MOST, Checking
from definitions.checks.definition import Definition
from definitions.checks.graph import build_graph
from definitions.checks.ids import process_problem
from definitions.checks.placing import in_order, place_all
from definitions.checks.presence import find_presence
from definitions.checks.shape import read_shape
from definitions.checks.sight import Sight
from definitions.diagnostics import Diagnostic
from definitions.expressions import Scope
from definitions.problems import PlacedProblem, Problem
from definitions.schema import Header
from definitions.sharing import SharedKind, shared_name
from definitions.source import Document
from definitions.types import Unknown


def file_checking(document: Document, catalogue: Catalogue) -> Checking:
    """The state of the check of a shared file, which has no steps."""
    header = Header.model_construct(process="", title="", purpose="", owner="", inputs={}, references=[])
    graph, _ = build_graph({}, document)
    definition = Definition(header, frozenset(), (), ())
    return Checking(document, catalogue, definition, {}, graph, find_presence({}, graph), Unknown())


def file_sight(checking: Checking, names: Names) -> Sight:
    """What the expressions of a shared file see: the names given, and nothing of any process."""
    scope = Scope(names, checking.catalogue.records)
    return Sight(checking, "", scope, scope)


def read_shared(checking: Checking, kind: SharedKind) -> Any:
    """The content of a shared file as its kind's model; None where too little could be read.

    What is wrong with its shape goes into the checking.
    """
    document = checking.document
    checking.found.extend(document.diagnostics)
    raw = document.value()
    if not isinstance(raw, dict):
        return None
    shape = read_shape(kind.model, raw)
    checking.found.extend(place_all(document, shape.problems))
    name = raw.get(kind.key)
    problem = process_problem(name) if isinstance(name, str) else None
    if problem is not None:
        message = problem.message.replace("the name of a process", f"the name of a {kind.key}")
        better = Problem("CW714", message, problem.start, problem.end, (), problem.suggestion, problem.advice)
        checking.found.extend(place_all(document, (PlacedProblem((kind.key,), better),)))
    return None if shape.harmed else shape.value


def check_shared(document: Document, catalogue: Catalogue) -> tuple[Diagnostic, ...]:
    """Every problem of a shared file, by itself."""
    from definitions.checks.look import StepLook

    name = shared_name(document)
    kinds = (kind.shares for kind in catalogue.kinds.values() if kind.shares is not None)
    kind = next((each for each in kinds if name is not None and each.key == name[0]), None)
    checking = file_checking(document, catalogue)
    content = None if kind is None else read_shared(checking, kind)
    if kind is not None and content is not None:
        look: Look = StepLook(checking, file_sight(checking, {}), "")
        kind.check(content, look)
    return tuple(advised(each) for each in in_order(checking.found, MOST))
