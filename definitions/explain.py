"""A plan in plain words, step by step, for the people who wrote it and those who answer for it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from definitions.arguments import Recipient
from definitions.checks.order import LONG_ENDS
from definitions.checks.walking import notations
from definitions.explain_blocks import begins_with, block_ends, goes_back, runs_if
from definitions.plan import Need, Plan, PlanStep
from definitions.schema import Otherwise, Retry
from definitions.time.clocks import describe, length

ENDS: Final = {
    "created": "the task is made",
    "accepted": "somebody has accepted the task",
    "booked": "the appointment is booked",
    "completed": "the task is done",
    "queued": "the message is in the outbox",
    "sent": "the message has been sent",
    "delivered": "the message has been delivered, as far as the provider says",
    "never": "at once; what it has set up goes on until the case is closed",
}


@dataclass(frozen=True, slots=True)
class StepWords:
    """One step in words: sentences or parts of one under each head, none where there is nothing to say."""

    number: int
    id: str
    title: str
    kind: str
    does: tuple[str, ...]
    starts_after: tuple[str, ...]
    runs_when: tuple[str, ...]
    ends_when: str
    due: tuple[str, ...]
    who: tuple[str, ...]
    if_not: tuple[str, ...]
    notes: tuple[str, ...]


def explain(plan: Plan) -> tuple[StepWords, ...]:
    """Every step of a plan in words, in the order of the file."""
    return tuple(_words(plan, step) for step in plan.all_steps)


def explain_text(plan: Plan) -> str:
    """The whole plan as text for a terminal, a block for each step."""
    return "\n\n".join(["\n".join(_head(plan)), *(_block(words) for words in explain(plan))]) + "\n"


def _head(plan: Plan) -> Iterator[str]:
    """The head of a procedure document: what it is for, who answers for it, what begins it."""
    yield from (plan.title, "=" * len(plan.title))
    rows = [("Purpose", plan.purpose), ("Scope", plan.scope)]
    rows += [("Responsible", plan.responsible), ("Owner", f"group {plan.owner}")]
    rows += [("References", ", ".join(plan.references))]
    rows += [("Starts" if not number else "", words) for number, words in enumerate(beginnings(plan))]
    if plan.inputs:
        given = (each.title + ("" if each.required else " (may be left out)") for each in plan.inputs)
        rows.append(("Given", ", ".join(given)))
    rows += [("Outcomes", ", ".join(plan.outcomes)), ("Gives", ", ".join(plan.outputs))]
    if plan.review_every is not None:
        rows.append(("Reviewed", f"every {length(plan.review_every.parsed)}"))
    for label, words in rows:
        if words:
            yield f"{label + ':' if label else '':<13}{words}"


def beginnings(plan: Plan) -> Iterator[str]:
    """How the process begins, a sentence for each way."""
    for each in plan.beginnings:
        words = each.key
        if each.of is not None:
            where = f" for which {each.where.expression.text}" if each.where is not None else ""
            words += f", for each {each.of}{where}"
        if each.at is not None:
            words += f", at {each.at:%H:%M}"
        if each.when is not None:
            words += f", when {each.when.expression.text}"
        if each.unless_open is not None:
            words += f", unless one for the same case has not ended {each.unless_open}"
        yield words


def _block(words: StepWords) -> str:
    rows = [
        ("Does", words.does),
        ("Starts after", words.starts_after),
        ("Runs when", words.runs_when),
        ("Ends when", (words.ends_when,)),
        ("Due", words.due),
        ("Who", words.who),
        ("If not", words.if_not),
        ("Note", words.notes),
    ]
    lines = [f"{words.number}. {words.title}   [{words.id}, {words.kind}]"]
    for label, sentences in rows:
        for index, sentence in enumerate(sentences):
            lines.append(f"   {label + ':' if index == 0 else '':<14}{sentence}")
    return "\n".join(lines)


def _words(plan: Plan, step: PlanStep) -> StepWords:
    return StepWords(
        number=step.index + 1,
        id=step.id,
        title=step.title,
        kind=step.kind.name,
        does=tuple(_does(step)),
        starts_after=_starts_after(plan, step),
        runs_when=tuple(_runs_when(plan, step)),
        ends_when=_ends_when(step),
        due=tuple(_due(step)),
        who=tuple(_who(step)),
        if_not=tuple(_if_not(plan, step)),
        notes=tuple(_notes(plan, step)),
    )


def _does(step: PlanStep) -> Iterator[str]:
    own = step.kind.explain(step.arguments) if step.kind.explain is not None else ()
    yield from own or (f"{step.kind.summary}.",)
    if step.for_each is not None:
        over = step.for_each.over.expression
        yield f"Once for each `{step.for_each.name}` of {over.text if over is not None else 'the list'}."
    if step.save is not None:
        yield f"Saves `{step.save.output}` as {'.'.join((*step.save.owner, step.save.field))}."


def _starts_after(plan: Plan, step: PlanStep) -> tuple[str, ...]:
    if step.undoes is not None and not step.needs:
        return (
            f"the process was cancelled, and all that came after {plan.step(step.undoes).title} was undone",
        )
    if not step.needs:
        return (begins_with(plan, step),)
    return tuple(_need(plan, need) for need in step.needs)


def _need(plan: Plan, need: Need) -> str:
    title = plan.step(need.step).title
    if need.item is not None:
        return f"{title} (item `{need.item}`), as soon as it is answered"
    return title if need.written else f"{title} (the step before it)"


def _runs_when(plan: Plan, step: PlanStep) -> Iterator[str]:
    if step.when is not None:
        yield f"{step.when.expression.text}; otherwise it is skipped"
    written = [need for need in step.needs if need.written]
    if written and all(_may_be_skipped(plan, need.step) for need in written):
        titles = " and ".join(plan.step(need.step).title for need in written)
        yield f"{titles} {'was' if len(written) == 1 else 'were'} not skipped"
    elif step.when is None:
        yield runs_if(plan, step)
    if step.once is not None:
        yield f"it waits until {step.once.expression.text}"


def _may_be_skipped(plan: Plan, name: str) -> bool:
    step = plan.step(name)
    written = [need for need in step.needs if need.written]
    itself = step.kind.may_skip is not None and step.kind.may_skip(step.arguments)
    if itself or step.when is not None or step.for_each is not None:  # a loop without members is skipped
        return True
    return bool(written) and all(_may_be_skipped(plan, need.step) for need in written)


def _ends_when(step: PlanStep) -> str:
    if step.block is not None:
        return block_ends(step.block)
    if step.ends is not None:
        return ENDS.get(step.ends, step.ends)
    return "its form is sent" if "due" in step.kind.keys else "its work is done"


def _due(step: PlanStep) -> Iterator[str]:
    if step.due is not None:
        yield describe(step.due.parsed)
    for clock in step.remind:
        yield f"reminder {describe(clock.parsed)}"
    for each in step.escalate:
        when = (
            "when it is overdue"
            if each.overdue.parsed.amount == 0
            else f"{length(each.overdue.parsed)} overdue"
        )
        yield f"{when}: {person(each.to)} is told"


def _who(step: PlanStep) -> Iterator[str]:
    for found in notations(step.arguments):
        if isinstance(found.value, Recipient):
            label = "" if found.path == ("to",) else f"{found.path[-1]}: "
            yield f"{label}{person(found.value)}"


def _if_not(plan: Plan, step: PlanStep) -> Iterator[str]:
    if step.otherwise is not None:
        yield _otherwise(step.otherwise)
    if step.deadline is not None:
        yield f"{describe(step.deadline.after.parsed)}: {person(step.deadline.then.assign)} decides"
    for rung in step.not_accepted:
        yield f"not accepted within {length(rung.after.parsed)}: {person(rung.to)} is asked"
    if step.retry is not None:
        yield _retry(step.retry)
    if step.time_limit is not None:
        yield f"not done {length(step.time_limit.parsed)} after it began: {_too_late(step)}"
    others = f"group {plan.owner} where there is none"
    yield f"an error that stays: the case's worker gets an incident, or {others}"


def _retry(retry: Retry) -> str:
    wait = length(retry.wait.parsed)
    told = [f"an error is tried again, {retry.attempts} times in all, every {wait}"]
    if retry.factor > 1:
        longest = f", {length(retry.longest.parsed)} at most" if retry.longest is not None else ""
        told = [
            f"an error is tried again, {retry.attempts} times in all, after {wait}, "
            f"then each time after {retry.factor} times as long{longest}"
        ]
    if retry.spread:
        told.append(f"up to {retry.spread} % earlier")
    if retry.only is not None:
        told.append(f"only {_joined([f'`{code}`' for code in retry.only], 'or')}")
    return "; ".join(told)


def _too_late(step: PlanStep) -> str:
    if step.otherwise is not None:
        return f"{person(step.otherwise.assign)} takes over"
    return "the case's worker gets an incident"


def _otherwise(otherwise: Otherwise) -> str:
    after = otherwise.after
    silence = f", or nothing is heard for {length(after.parsed)}" if after is not None else ""
    title = f" ({otherwise.title.running.text})" if otherwise.title is not None else ""
    return f"it cannot be done{silence}: {person(otherwise.assign)} gets a task{title}"


def _notes(plan: Plan, step: PlanStep) -> Iterator[str]:
    if step.critical:
        yield "Critical: it goes before everything else and is never delayed by a queue."
    if step.rework is not None:
        yield goes_back(plan, step)
    if step.undo:
        undone = _joined([plan.step(name).title for name in step.undo], "then")
        yield f"When the process is cancelled after it: {undone}."
    if step.once is not None:
        yield "Waits for the case: this may take days."
    elif step.ends in LONG_ENDS or (step.ends is None and "due" in step.kind.keys):
        yield "Waits for people or their devices: this may take days."
    behind = [need.step for need in step.needs if not need.written]
    if any(plan.step(name).once is not None for name in behind):
        yield "Stands behind a step that waits for a condition."


def person(to: Recipient) -> str:
    """A recipient in words: `the caseworker`, `group referral_team`, `the client or the guardian`."""
    if to.expression is not None:
        return f"the person in {to.expression.text}"
    if to.group is not None:
        return f"group {to.group}"
    return _joined([f"the {role.replace('_', ' ')}" for role in to.roles], "and" if to.every else "or")


def _joined(words: Sequence[str], by: str) -> str:
    return f" {by} ".join(words)
