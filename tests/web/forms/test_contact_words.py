"""The texts of the public form: all languages say the same, a department's own stand in their place."""

from datetime import timedelta
from pathlib import Path

import pytest

from web.forms.contact_words import SHIPPED, WordsError, chosen_words, words_for

ENGLISH = (SHIPPED / "en.yaml").read_text(encoding="utf-8")


def written(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_department_offers_those_of_its_languages_that_there_are_texts_in() -> None:
    assert list(words_for(("es", "so", "en"))) == ["es", "en"]
    assert list(words_for(("so",))) == ["en"]


def test_its_own_texts_stand_in_place_of_the_shipped_ones_and_beside_them(tmp_path: Path) -> None:
    own = ENGLISH.replace("Ask us for help", "Demandez de l'aide")
    written(tmp_path, "fr.yaml", own)
    written(tmp_path, "es.yaml", own.replace("Demandez", "Pida"))
    found = words_for(("en", "es", "fr"), [tmp_path])
    assert [each("title") for each in found.values()] == [
        "Ask us for help",
        "Pida de l'aide",
        "Demandez de l'aide",
    ]
    assert found["fr"].name == "Français"


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("fr.yaml", ENGLISH.replace('send: "Send this"', ""), "fr.yaml: lacks the text of send"),
        ("fr.yaml", ENGLISH + 'more: "More"\n', "has what the form does not say: more"),
        ("fr.yaml", ENGLISH.replace("Call {emergency}.", "Call {police}."), "names other values"),
        ("french.yaml", ENGLISH, "`french` is no language"),
        ("fr.yaml", "title: [one, two]\n", "each line is a key and its text"),
    ],
)
def test_a_file_that_says_something_else_is_refused_with_what_is_wrong(
    tmp_path: Path, name: str, text: str, says: str
) -> None:
    with pytest.raises(WordsError, match=says):
        words_for(("en", "fr"), [written(tmp_path, name, text)])


def test_what_is_put_in_is_put_in_and_nothing_else_is_looked_up() -> None:
    words = words_for(("es",))["es"]
    assert words("danger_now", emergency="112") == "¿Está en peligro ahora? Llame al 112."
    assert words("wait", wait="{emergency}").count("{emergency}") == 1
    assert words.span(timedelta(seconds=61)) == "2 minutos"


@pytest.mark.parametrize(
    ("asked", "accepted", "language"),
    [
        (None, "", "en"),
        (None, "es", "es"),
        (None, "en;q=0.1, es-419;q=0.5", "es"),
        (None, "de-CH, fr;q=0.9", "en"),
        ("es", "en", "es"),
        ("de", "es", "es"),
        (None, "es;q=1.5, \x00, en", "en"),
    ],
)
def test_what_was_chosen_counts_before_what_the_browser_likes(
    asked: str | None, accepted: str, language: str
) -> None:
    assert chosen_words(words_for(("en", "es")), asked, accepted).language == language
