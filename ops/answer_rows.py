"""A CSV file of answers to a scorecard: a row for each person scored, and what their score should be."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ops.errors import NotThereError, OpsError

if TYPE_CHECKING:
    from tasks.scoring.score import ScoreOutput

EXPECTED: Final = "expected_"
SAID: Final = ("total", "band", "provisional", "known_band", "could_rise_to")
"""What of a score a column `expected_...` may say."""


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """The answers of one row, by input; `expected` what a column says of the score. `line` is where the row
    ends in its file.
    """

    line: int
    answers: Mapping[str, str]
    expected: Mapping[str, str]

    def differences(self, score: "ScoreOutput") -> list[str]:
        """What the score is otherwise than the row says, in words."""
        found = {name: _word(getattr(score, name)) for name in self.expected}
        return [
            f"{name} is {found[name]}, expected {said}"
            for name, said in self.expected.items()
            if found[name] != said
        ]


def read_rows(file: Path, inputs: Sequence[str]) -> Iterator[AnswerRow]:
    """The rows of a file whose first line names inputs, and perhaps `expected_total` and others. An empty
    cell is no answer. NotThereError for no file, OpsError for a column or a row that does not fit.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            yield from _rows(csv.reader(opened, strict=True), file, inputs)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise NotThereError(f"{file} cannot be read ({reason})", action="give a CSV file in UTF-8") from error


def _rows(lines: Iterator[list[str]], file: Path, inputs: Sequence[str]) -> Iterator[AnswerRow]:
    headings = [each.strip() for each in next(lines, [])]
    allowed = (*inputs, *(f"{EXPECTED}{name}" for name in SAID))
    for number, heading in enumerate(headings, 1):
        if heading not in allowed or headings.index(heading) != number - 1:
            wrong = "stands twice" if heading in allowed else "is no input of the scorecard"
            raise OpsError(f"{file}:1: column {number}, `{heading}`, {wrong}", action=_columns(allowed))
    if not headings:
        raise OpsError(f"{file} is empty", action=_columns(allowed))
    for number, cells in enumerate(lines, 2):
        if not any(cells):
            continue
        if len(cells) != len(headings):
            raise OpsError(
                f"{file}:{number}: {len(cells)} cells under {len(headings)} headings", action="mend the row"
            )
        said = {name: cell.strip() for name, cell in zip(headings, cells, strict=True) if cell.strip()}
        yield AnswerRow(
            number,
            {name: cell for name, cell in said.items() if not name.startswith(EXPECTED) or name in inputs},
            {
                name.removeprefix(EXPECTED): cell
                for name, cell in said.items()
                if name.startswith(EXPECTED) and name not in inputs
            },
        )


def _columns(allowed: Sequence[str]) -> str:
    return f"the first line names columns out of {', '.join(allowed)}"


def _word(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
