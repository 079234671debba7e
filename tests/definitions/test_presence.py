"""The graph and what has surely run, against their rules written down plainly, on random definitions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from definitions.catalogue import Catalogue
from definitions.checks.definition import DraftStep, read_definition
from definitions.checks.graph import Graph, build_graph
from definitions.checks.presence import Facts, Presence, find_presence, follow_all, may_skip_itself
from definitions.expressions.nodes import conjuncts
from definitions.source import parse

CONDITIONS = ("inputs.a is yes", "inputs.b is yes", "inputs.a is yes and inputs.b is yes")


@st.composite
def definitions(draw: st.DrawFn) -> str:
    lines = []
    for n in range(draw(st.integers(1, 12))):
        needs = draw(st.none() | st.lists(st.integers(0, 11), max_size=3, unique=True))
        kind = draw(st.sampled_from(("say", "say", "fetch, record: Client, none: skip")))
        written = "" if needs is None else f", needs: [{', '.join(f's{m}' for m in needs if m != n)}]"
        when = draw(st.sampled_from(("", "", *(f", when: {each}" for each in CONDITIONS))))
        lines.append(f"  - {{id: s{n}, title: S, do: {kind}{written}{when}}}\n")
    return "process: a\ntitle: A\npurpose: P\nowner: o\nsteps:\n" + "".join(lines)


@settings(max_examples=100, deadline=None)
@given(definitions())
def test_order_and_presence_follow_their_rules(catalogue: Catalogue, text: str) -> None:
    document = parse(text.encode(), "random.yaml")
    definition = read_definition(document, catalogue.kinds)
    assert definition is not None
    steps = {step.id: step for step in definition.steps}
    graph, _ = build_graph(steps, document)
    presence = find_presence(steps, graph)
    follow_all(presence, graph)
    assert sorted(graph.order) == sorted(steps)
    for key in set(steps) - graph.loose:
        assert graph.ended[key] == set(_before(key, graph))
        assert all(graph.order.index(each) < graph.order.index(key) for each in graph.ended[key])
        _ran_is_all_that_surely_ran(key, steps, graph, presence)


def _before(key: str, graph: Graph) -> Iterator[str]:
    for need in graph.needs[key]:
        yield need.step
        yield from _before(need.step, graph)


def _ran_is_all_that_surely_ran(
    key: str, steps: Mapping[str, DraftStep], graph: Graph, presence: Presence
) -> None:
    """Among the steps before it, exactly those ran that always run, ran before all needs, or must have."""
    written = _written(key, graph)
    ran = presence.always | frozenset.intersection(*[presence.ran[each] for each in written] or [frozenset()])
    facts = frozenset.intersection(*[presence.facts[each] for each in written] or [frozenset()])
    before = graph.ended[key]
    assert presence.before_when[key] & before == _closed(ran, facts, steps, graph) & before
    assert presence.facts[key] == facts | _parts(steps[key])
    expected = _closed(ran | {key}, presence.facts[key], steps, graph)
    assert presence.ran[key] & before == expected & before


def _closed(
    ran: frozenset[str], facts: Facts, steps: Mapping[str, DraftStep], graph: Graph
) -> frozenset[str]:
    found = set(ran)
    for _ in steps:
        for key in steps.keys() - found:
            written = _written(key, graph)
            holds = _parts(steps[key]) <= facts and not may_skip_itself(steps[key])
            if holds and (not written or found & set(written)):
                found.add(key)
    return frozenset(found)


def _written(key: str, graph: Graph) -> list[str]:
    return [need.step for need in graph.needs[key] if need.written]


def _parts(step: DraftStep) -> Facts:
    return frozenset() if step.frame.when is None else frozenset(conjuncts(step.frame.when.expression.root))
