"""What the checker proves of paths, beside all runs of random small definitions on the engine."""

from itertools import product

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from procedure import procedure
from step_bench import HEADER, catalogue

from definitions import check, parse
from models import InstanceStatus

FORM = """\
- id: form
  title: Form
  do: assign_task
  to: group intake_team
  ends: completed
  items:
    - {id: a, ask: A, type: yes_no, required: true}
    - {id: b, ask: B, type: yes_no, required: true}
"""
ONE = "do: calculate, value: 1"
CONDITIONS = st.sampled_from(
    ["form.a is yes", "form.a is no", "form.b is yes", "form.a is yes or form.b is yes", "not (form.b is no)"]
)
ANSWERS = tuple(product(("yes", "no", "doesnt_know"), repeat=2))
"""Not knowing is an answer too: neither yes nor no."""


@st.composite
def definitions(draw: st.DrawFn) -> str:
    """A form with two questions, and up to three steps and blocks whose conditions ask them."""
    lines, names = [FORM], ["form"]
    for n in range(draw(st.integers(1, 3))):
        needs = draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True))
        head = f"- id: s{n}\n  title: S{n}\n  needs: [{', '.join(needs)}]\n"
        if draw(st.booleans()):
            kind = draw(st.sampled_from(("choose", "parallel")))
            whens = draw(st.lists(CONDITIONS, min_size=1, max_size=3))
            inner = "".join(
                f"    - when: {when}\n      steps: [{{id: s{n}_{m}, title: I, {ONE}}}]\n"
                for m, when in enumerate(whens)
            )
            lines.append(f"{head}  {kind}:\n{inner}" + ("  otherwise: nothing\n" if kind == "choose" else ""))
        else:
            when = draw(st.just("") | CONDITIONS.map(lambda each: f"  when: {each}\n"))
            lines.append(f"{head}{when}  do: calculate\n  value: 1\n")
        names.append(f"s{n}")
    return "".join(lines)


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(definitions())
def test_a_step_is_told_exactly_when_no_run_reaches_it_and_no_run_gets_stuck(text: str) -> None:
    document = parse((HEADER + "".join(f"  {line}\n" for line in text.splitlines())).encode(), "try-it.yaml")
    checked = check(document, catalogue(), published=True)
    if checked.plan is None:
        return  # two parts of one condition exclude each other: refused before paths are looked at
    told = [each for each in check(document, catalogue()).diagnostics if each.code != "CW536"]
    ran: set[str] = set()
    for a, b in ANSWERS:
        with procedure(text, published=True) as case:
            case.answer("form", a=a, b=b)
            assert case.status() is InstanceStatus.COMPLETED
            ran.update(step for step, status in case.stands().items() if status == "completed")
    reached = {step.id for step in checked.plan.steps} <= ran
    assert reached == (not told)
