from __future__ import annotations

import pytest

from definitions.yaml_text.characters import confusable, is_refused


def test_the_first_foreign_character_of_an_id_is_named() -> None:
    assert confusable("safety_alert") is None
    assert confusable("s\u0430fe") == '"\u0430" (U+0430 CYRILLIC SMALL LETTER A)'
    assert confusable("") is None


@pytest.mark.parametrize("text", ["می\u200cخواهم", "👩\u200d👧", "क\u200dष"])
def test_a_joiner_between_letters_that_need_it_is_accepted(text: str) -> None:
    assert not any(is_refused(text, index) for index in range(len(text)))


@pytest.mark.parametrize("text", ["a\u200db", "خ\u200c", "\u200cخ", "خ\u200c\u200cخ", "خ\u200cx"])
def test_a_joiner_that_only_hides_is_refused(text: str) -> None:
    assert any(is_refused(text, index) for index in range(len(text)))


def test_tabs_and_ends_of_lines_are_accepted() -> None:
    assert not any(is_refused("\t\r\n", index) for index in range(3))
