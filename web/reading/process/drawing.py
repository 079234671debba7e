"""A process as a diagram: its steps one below the other, the branches of a block beside each other, each
with how it stands and why.

Processes are made of blocks, so nested lists say all of it, and everybody can read them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from definitions import Plan, PlanStep
from definitions.explain_blocks import block_ends
from definitions.plan import Block, Branch
from flows.steps.scopes import BRANCHES, EXIT, WINNER
from flows.viewing.case_view import InstanceFacts
from flows.viewing.step_lines import StepLine
from models import TASK_ENDED, HumanTask, StepRun, StepStatus
from web.reading.process.words import ProcessWords

EXITS = {
    "deadline": "when the time has run out",
    "on_error": "when a step has gone wrong for good",
    "condition": "when the condition does not hold any more",
}


@dataclass(frozen=True, slots=True)
class Part:
    """How a step stands in one part of a loop."""

    name: str
    state: str
    words: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One branch of a block. `taken` is None while that is open; `why` says on what it depends."""

    title: str
    taken: bool | None
    why: str
    nodes: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Node:
    """One step of the diagram. `state` is a StepStatus or `not started`; `words` what came of it and why.

    `task` is the open task that it waits for, due at `due`. `condition` is the one under which it runs, which
    was `unmet`; `read` are the values that were looked at. A block has `lanes`, and says with `ends` when it
    is over. `run` is the address of the Prefect flow run that carried it last.
    """

    number: int
    title: str
    state: str
    at: datetime | None
    words: str
    critical: bool
    task: str | None = None
    due: datetime | None = None
    condition: str = ""
    unmet: bool = False
    read: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    kind: str = ""
    ends: str = ""
    lanes: tuple[Lane, ...] = ()
    run: str | None = None


@dataclass(frozen=True, slots=True)
class ProcessMap:
    """One run of a process: its head, and its steps as nodes. `why` is why it was held or cancelled, `done`
    and `steps` are how many of its steps have ended.
    """

    id: str
    title: str
    version: int
    status: str
    why: str
    started_at: datetime
    ended_at: datetime | None
    outcome: str | None
    nodes: tuple[Node, ...]
    done: int
    steps: int

    @property
    def open(self) -> bool:
        """Whether it is under way."""
        return self.ended_at is None


@dataclass(frozen=True, slots=True)
class _Drawing:
    """What a diagram is drawn from."""

    plan: Plan
    words: ProcessWords
    lines: Mapping[str, StepLine]
    read: Mapping[str, tuple[str, ...]]
    blocks: Mapping[str, Mapping[str, Any]]
    tasks: Mapping[str, HumanTask]
    runs: Mapping[int, str]


def process_map(
    session: Session, plan: Plan, facts: InstanceFacts, groups: Mapping[str, str], *, machinery: bool
) -> ProcessMap:
    """The diagram of an instance; with `machinery` its steps lead to Prefect's pages."""
    drawing = _Drawing(
        plan,
        ProcessWords(plan, groups),
        {each.step: each for each in facts.steps},
        facts.branches,
        _blocks(session, plan, facts.id),
        _open_tasks(session, facts.id),
        _carried(facts) if machinery else {},
    )
    top = [step for step in plan.all_steps if step.place is None]
    ended = [each for each in facts.steps if each.accounted]
    return ProcessMap(
        id=facts.id,
        title=facts.title,
        version=facts.version,
        status=facts.status,
        why=facts.why or "",
        started_at=facts.started_at,
        ended_at=facts.ended_at,
        outcome=facts.outcome,
        nodes=tuple(_nodes(drawing, top)),
        done=len(ended),
        steps=len(facts.steps),
    )


# -- what it is drawn from


def _blocks(session: Session, plan: Plan, instance_id: str) -> Mapping[str, Mapping[str, Any]]:
    """What the blocks that stand in no loop keep of their branches, by step."""
    blocks = [step.id for step in plan.all_steps if step.block is not None and not step.depth]
    if not blocks:
        return {}
    query = select(StepRun).where(
        StepRun.instance_id == instance_id,
        StepRun.iteration == "",
        StepRun.status != StepStatus.SUPERSEDED,
        col(StepRun.step).in_(blocks),
    )
    return {run.step: run.outputs for run in session.exec(query)}


def _open_tasks(session: Session, instance_id: str) -> Mapping[str, HumanTask]:
    """The open task of each step that waits for one, its own or the one whose form it fills in; of several
    parts, the one that is due first.
    """
    query = select(HumanTask).where(
        HumanTask.instance_id == instance_id, col(HumanTask.status).not_in(TASK_ENDED)
    )
    rows = sorted(session.exec(query), key=_latest_first)
    found, by_id = {task.step: task for task in rows}, {task.id: task for task in rows}
    waiting = select(StepRun).where(StepRun.instance_id == instance_id, StepRun.status == StepStatus.WAITING)
    for run in session.exec(waiting):
        other = by_id.get(str(run.outputs.get("task")))
        if other is not None:
            found.setdefault(run.step, other)
    return found


def _latest_first(task: HumanTask) -> tuple[float, str]:
    return (-task.due_at.timestamp() if task.due_at else float("-inf"), task.id)


def _carried(facts: InstanceFacts) -> dict[int, str]:
    """The page of the flow run that carried a step last, by the step's number."""
    return {number: run.link for run in facts.flow_runs if run.link for number in run.steps}


# -- the drawing


def _nodes(drawing: _Drawing, steps: Iterable[PlanStep]) -> Iterator[Node]:
    for step in steps:
        line = drawing.lines.get(step.id)
        if line is not None:  # what undoes a step is shown once it has begun
            yield _node(drawing, step, line)


def _node(drawing: _Drawing, step: PlanStep, line: StepLine) -> Node:
    task = drawing.tasks.get(step.id) if line.state in (StepStatus.WAITING, StepStatus.INCIDENT) else None
    said = drawing.words.said
    asked = step.when or step.once
    condition = "" if asked is None else asked.expression.text
    unmet = bool(condition) and line.why == f"`{condition}` does not hold"
    return Node(
        number=line.number,
        title=step.title,
        state=line.state,
        at=line.at,
        words="" if unmet else said(line.words),
        critical=step.critical,
        task=None if task is None else task.id,
        due=None if task is None else task.due_at or task.book_by,
        condition=said(condition),
        unmet=unmet,
        read=tuple(
            drawing.words.read(each)
            for each in drawing.read.get(step.id, ())
            if not each.startswith("asked: ")
        ),
        parts=tuple(Part(said(each.named or each.part), each.mark, said(each.words)) for each in line.parts),
        kind="" if step.block is None else step.block.kind,
        ends="" if step.block is None else said(block_ends(step.block)),
        lanes=() if step.block is None else tuple(_lanes(drawing, step, step.block)),
        run=drawing.runs.get(line.number),
    )


def _lanes(drawing: _Drawing, step: PlanStep, block: Block) -> Iterator[Lane]:
    kept = drawing.blocks.get(step.id, {})
    ways = {each.branch: each.kind for each in block.exits if each.branch is not None}
    for index, branch in enumerate(block.branches):
        inside = [drawing.plan.step(each) for each in branch.steps]
        yield Lane(
            title=_called(block, branch, index, ways.get(index)),
            taken=_taken(block, index, kept, left=index in ways),
            why=_why(drawing, block, branch, ways.get(index)),
            nodes=tuple(_nodes(drawing, inside)),
        )


def _called(block: Block, branch: Branch, index: int, way: str | None) -> str:
    if branch.title or branch.name:
        return branch.title or str(branch.name).replace("_", " ").capitalize()
    if way is not None:
        return "Left early"
    if block.kind != "choose":
        return ""
    return "Otherwise" if branch.when is None else f"Way {index + 1}"


def _taken(block: Block, index: int, kept: Mapping[str, Any], *, left: bool) -> bool | None:
    """Whether a branch runs or ran; None while nobody knows, and where all of them do."""
    if left:
        return kept[EXIT].get("branch") == index if EXIT in kept else None
    if block.loops or block.kind == "group" or BRANCHES not in kept:
        return None
    won = kept.get(WINNER)
    return index == won if won is not None else index in kept[BRANCHES]


def _why(drawing: _Drawing, block: Block, branch: Branch, way: str | None) -> str:
    if way is not None:
        return EXITS[way]
    if branch.when is not None:
        return "if " + drawing.words.said(branch.when.expression.text)
    if block.kind == "choose":
        return "if none of the others holds"
    return "whichever comes first" if block.kind == "first_of" else ""
