"""What came of scenarios, as text for people, as JSON and as JUnit's XML for programs."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from definitions import Document, Span, parse
from definitions.branches import OTHERWISE
from definitions.diagnostics import place, printable
from definitions.yaml_text.nodes import Plain
from flows.scenarios import Coverage, Failure, Outcome
from flows.scenarios.covering import Uncovered
from ops.pages.terminal import counted
from ops.scenarios.loading import Loaded


@dataclass(frozen=True, slots=True)
class Report:
    """All outcomes, and the coverage of each definition that was asked for."""

    outcomes: tuple[Outcome, ...]
    coverage: tuple[Coverage, ...]

    @classmethod
    def of(cls, loaded: Loaded, outcomes: Sequence[Outcome]) -> "Report":
        """The report of what was played."""
        taken = frozenset().union(*(each.taken for each in outcomes))
        covered = tuple(Coverage.of(loaded.plans[name], taken) for name in loaded.asked)
        return cls(tuple(outcomes), covered)

    @property
    def failed(self) -> int:
        """How many scenarios failed."""
        return sum(1 for each in self.outcomes if not each.passed)

    @property
    def step_coverage(self) -> float:
        """The part of all steps that ran; 1 where there are none."""
        return _part(sum(each.steps_run for each in self.coverage), sum(each.steps for each in self.coverage))

    @property
    def branch_coverage(self) -> float:
        """The part of all ways that were taken; 1 where nothing branches."""
        return _part(sum(each.ways_taken for each in self.coverage), sum(each.ways for each in self.coverage))

    def plain(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "scenarios": len(self.outcomes),
            "failed": self.failed,
            "step_coverage": self.step_coverage,
            "branch_coverage": self.branch_coverage,
            "uncovered": [entry for each in self.coverage for entry in _entries(each)],
        }


def _part(some: int, all_of_them: int) -> float:
    return 1.0 if all_of_them == 0 else round(some / all_of_them, 4)


def _entries(coverage: Coverage) -> Iterator[dict[str, Any]]:
    document = parse(coverage.plan.source.encode(), coverage.plan.file)
    for each in coverage.uncovered:
        span = _span(coverage, document, each)
        yield {
            "process": coverage.plan.process,
            "file": span.file,
            "line": span.line,
            "column": span.column,
            "step": each.step,
            "branch": None if each.point is None else each.point.name,
            "way": each.way or None,
        }


def _span(coverage: Coverage, document: Document, each: Uncovered) -> Span:
    path = _path_of(document.value(), each.step) or ("steps", coverage.plan.step(each.step).index)
    if each.point is None:
        return document.span(path)
    path = (*path, *each.point.path)
    if each.way.startswith("rule "):
        path = (*path, "first", int(each.way.removeprefix("rule ")) - 1)
    elif each.way.startswith("row "):
        path = (*path, int(each.way.removeprefix("row ")) - 1)
    elif each.way == OTHERWISE:
        path = (*path, "otherwise")
    return document.span(path, of="key" if isinstance(path[-1], str) else "value")


def _path_of(value: Plain, step: str) -> tuple[str | int, ...] | None:
    """Where a step stands in its file: blocks hold steps at any depth."""
    if isinstance(value, dict) and value.get("id") == step and "title" in value:
        return ()
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        found = _path_of(part, step)
        if found is not None:
            return (name, *found)
    return None


# -- text


def failures_text(outcome: Outcome) -> Iterator[str]:
    """Each failure with its place, what was expected and what was got."""
    for failure in outcome.failures:
        yield f"    {place(failure.span)}: {_words(failure)}"


def _words(failure: Failure) -> str:
    if not failure.expected:
        return printable(failure.message)
    return printable(f"{failure.message}: expected {failure.expected}; got {failure.got}")


def text(report: Report, *, only: bool) -> Iterator[str]:
    """The whole report, line by line. With `only`, when some were left out, coverage would say nothing."""
    for file in dict.fromkeys(each.file for each in report.outcomes):
        yield file
        for name, outcomes in _by_name(each for each in report.outcomes if each.file == file):
            yield from _lines(name, outcomes)
    if not only:
        yield from _coverage_lines(report)
    yield _summary(report, only=only)


def _by_name(outcomes: Iterable[Outcome]) -> Iterator[tuple[str, list[Outcome]]]:
    found: dict[str, list[Outcome]] = {}
    for each in outcomes:
        found.setdefault(each.name, []).append(each)
    yield from found.items()


def _lines(name: str, outcomes: list[Outcome]) -> Iterator[str]:
    """A scenario, in one line however often it was played; its failures once."""
    failed = [each for each in outcomes if not each.passed]
    seconds = sum(each.seconds for each in outcomes) / len(outcomes)
    times = f", {len(outcomes)} times" if len(outcomes) > 1 else ""
    yield f"  {'FAIL' if failed else 'pass'}  {printable(name)} ({seconds * 1000:.0f} ms{times})"
    if failed:
        yield from failures_text(failed[0])


def _coverage_lines(report: Report) -> Iterator[str]:
    yield ""
    for each in report.coverage:
        yield (
            f"{each.plan.file}: {each.steps_run} of {counted(each.steps, 'step')} run, "
            f"{each.ways_taken} of {counted(each.ways, 'branch', 'branches')} taken"
        )
        if each.steps_run == 0:
            yield "    no scenario runs any of it"
            continue
        for entry in _entries(each):
            where = f"{entry['file']}:{entry['line']}:{entry['column']}"
            what = (
                f"`{entry['branch']}`: {entry['way']}" if entry["branch"] else f"step `{entry['step']}`: runs"
            )
            yield f"    {where}: no scenario has {what}"


def _summary(report: Report, *, only: bool) -> str:
    said = f"{counted(len(report.outcomes), 'scenario')}: "
    said += f"{report.failed} failed" if report.failed else "all passed"
    if only:
        return said
    return f"{said}; steps {report.step_coverage:.1%}, branches {report.branch_coverage:.1%}"


# -- JUnit


def junit(report: Report) -> bytes:
    """The XML that continuous integration reads: a suite per file, a case per scenario."""
    root = ElementTree.Element("testsuites")
    for file in dict.fromkeys(each.file for each in report.outcomes):
        cases = [each for each in report.outcomes if each.file == file]
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=file,
            tests=str(len(cases)),
            failures=str(sum(not each.passed for each in cases)),
            time=f"{sum(each.seconds for each in cases):.3f}",
        )
        for each in cases:
            case = ElementTree.SubElement(
                suite, "testcase", classname=each.process, name=each.name, time=f"{each.seconds:.3f}"
            )
            if not each.passed:
                said = ElementTree.SubElement(case, "failure", message=_words(each.failures[0]))
                said.text = "\n".join(line.strip() for line in failures_text(each))
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))
