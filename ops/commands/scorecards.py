"""Commands for shared scorecards: `scorecards try`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ops.errors import NotThereError, OpsError
from ops.pages.terminal import counted, say, say_json, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from definitions.vocabulary import Vocabulary
    from ops.answer_rows import AnswerRow
    from tasks.scoring.score import ScoreOutput
    from tasks.scoring.shared_card import SharedCard

scorecards = typer.Typer(help="Shared scorecards: try one.", no_args_is_help=True)


@scorecards.callback()
def _group() -> None:
    """Shared scorecards: try one."""


@scorecards.command("try")
def try_scorecard(
    scorecard: Annotated[
        str, typer.Argument(metavar="SCORECARD", help="The name of a shared scorecard, or its file.")
    ],
    given: Annotated[
        list[str] | None, typer.Option("--input", "-i", help="NAME=VALUE; repeat it. Others are missing.")
    ] = None,
    rows: Annotated[
        Path | None,
        typer.Option("--rows", metavar="FILE", help="A CSV file: a row of answers for each score."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")] = False,
) -> None:
    """Say what a shared scorecard comes to for these answers, and why; nothing is kept. Ends with 1 where a
    score is not the one that its row expects.
    """
    from ops.references import read_pairs

    card, vocabulary = _card(scorecard)
    if rows is None:
        score = _score(card, read_pairs(given or ()), vocabulary)
        if as_json:
            say_json("score/1", {"scorecard": card.scorecard, **score.model_dump()})
        else:
            say(score.explanation)
        return
    if given:
        raise OpsError("`--input` and `--rows` exclude each other", action="give one of them")
    scored = list(_scored(card, rows, vocabulary))
    wrong = sum(1 for row, score in scored if row.differences(score))
    if as_json:
        say_json("scores/1", {"scorecard": card.scorecard, "wrong": wrong, "scores": _plain(scored)})
    else:
        _tell(scored, wrong)
    if wrong:
        raise typer.Exit(1)


def _card(name: str) -> "tuple[SharedCard, Vocabulary]":
    """A scorecard without problems: that of the file, or the known one of this name."""
    from definitions import DefinitionError, check_shared, read, shared_of, suggest
    from ops.catalogue import load_installation
    from ops.checking import installation_for
    from ops.settings import load_settings
    from tasks.scoring.shared_card import shared_card

    path = Path(name)
    installation = installation_for([path]) if path.is_file() else load_installation(load_settings())
    shared = shared_of([read(path)]) if path.is_file() else installation.catalogue.shared
    known = {each: document for (kind, each), document in shared.items() if kind == "scorecard"}
    document = next(iter(known.values()), None) if path.is_file() else known.get(name)
    if document is None:
        meant = suggest(name, sorted(known))
        listed = ", ".join(sorted(known)) or "none"
        action = f"did you mean {meant}?" if meant else f"name a file; the known ones are {listed}"
        raise NotThereError(f"there is no scorecard `{name}`", action=action)
    problems = check_shared(document, installation.catalogue)
    card = shared_card(document)
    if card is None or any(each.severity == "error" for each in problems):
        raise DefinitionError(tuple(problems))
    return card, installation.catalogue.vocabulary


def _score(card: "SharedCard", answers: dict[str, str], vocabulary: "Vocabulary") -> "ScoreOutput":
    from datetime import UTC, datetime

    from tasks.scoring.trying import try_card

    return try_card(card, answers, vocabulary, datetime.now(UTC))


def _scored(
    card: "SharedCard", file: Path, vocabulary: "Vocabulary"
) -> "Iterator[tuple[AnswerRow, ScoreOutput]]":
    from ops.answer_rows import read_rows
    from tasks.scoring.trying import CardTryError

    for row in read_rows(file, list(card.inputs)):
        try:
            yield row, _score(card, dict(row.answers), vocabulary)
        except CardTryError as error:
            raise OpsError(f"{file}:{row.line}: {error}", action="mend the row") from error


def _tell(scored: "list[tuple[AnswerRow, ScoreOutput]]", wrong: int) -> None:
    lines = [
        (
            str(row.line),
            str(score.total),
            score.band,
            f"provisional; known {score.known_band}" if score.provisional else "",
            "; ".join(row.differences(score)),
        )
        for row, score in scored
    ]
    table(("Line", "Total", "Band", "Open", "Not as expected"), lines)
    expected = sum(1 for row, _ in scored if row.expected)
    say(f"{counted(len(scored), 'score')}; {expected} with an expectation, {wrong} not as expected")


def _plain(scored: "list[tuple[AnswerRow, ScoreOutput]]") -> list[dict[str, Any]]:
    return [
        {"line": row.line, **score.model_dump(), "differences": row.differences(score)}
        for row, score in scored
    ]
