"""What is wrong with a row of a file. Reasons name rules and columns; they do not repeat personal data."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class RowProblem:
    """One problem. `line` counts from 1 and is where the row begins; `column` is empty for the row as a
    whole.
    """

    file: str
    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        column = f"{self.column}: " if self.column else ""
        return f"{self.file}:{self.line}: {column}{self.reason}"
