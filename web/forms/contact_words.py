"""What the public form says in each language: one file a language, the same keys in all.

A department's own files stand in place of the shipped ones, or beside them for further languages. A file that
lacks a text, or has one too many, is refused when the application starts: a page that is half in one language
and half in another helps nobody.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Final

from babel import Locale, UnknownLocaleError, negotiate_locale
from babel.dates import format_timedelta

from definitions import DefinitionError, parse
from web.errors import WebError

SHIPPED: Final = Path(__file__).parent / "contact_form"
SOURCE: Final = "en"
"""The language whose keys all others have; it is there in any case."""

_FIELD: Final = re.compile(r"\{(\w+)\}")
_MOST_ASKED: Final = 20
"""Languages of a browser that are looked at; nobody speaks more."""


class WordsError(WebError):
    """A file of texts can't be used; the message names it and says what to do."""


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of one language, by key. `language` is its BCP 47 tag."""

    language: str
    texts: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """A text, with `values` where it names them."""
        return _FIELD.sub(lambda found: str(values.get(found[1], found[0])), self.texts[key])

    @property
    def name(self) -> str:
        """What those who speak the language call it."""
        name = str(self._locale.get_display_name(self._locale) or self.language)
        return name[:1].upper() + name[1:]

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`: to which side it is read."""
        return str(self._locale.text_direction)

    def span(self, length: timedelta) -> str:
        """A length of time in the language, rounded up to a minute."""
        minutes = max(1, -(-int(length.total_seconds()) // 60))
        return format_timedelta(timedelta(minutes=minutes), threshold=2, locale=self._locale)

    def languages(self) -> Mapping[str, str]:
        """What the languages that people speak are called in it, by tag."""
        return self._locale.languages

    @property
    def _locale(self) -> Locale:
        return Locale.parse(self.language, sep="-")


def words_for(offered: Sequence[str], folders: Iterable[Path] = ()) -> Mapping[str, Words]:
    """The texts of the languages that a department offers, in their order, as far as there are any; of the
    source language where there are none. What lies in `folders` stands in place of what is shipped.
    WordsError for a file that can't be used.
    """
    found = dict(_shipped())
    for folder in folders:
        found |= {file.stem: _read(file) for file in sorted(folder.glob("*.yaml"))}
    chosen = {language: found[language] for language in offered if language in found}
    return chosen or {SOURCE: found[SOURCE]}


def chosen_words(offered: Mapping[str, Words], asked: str | None, accepted: str) -> Words:
    """The texts in the language that was asked for, else in the one that the browser likes best (its
    `Accept-Language`), else in the first.
    """
    if asked in offered:
        return offered[str(asked)]
    liked = negotiate_locale(_liked(accepted), list(offered), sep="-")
    return offered[liked] if liked is not None and liked in offered else next(iter(offered.values()))


def _liked(accepted: str) -> list[str]:
    """The languages of an `Accept-Language` header (RFC 9110, 12.5.4), the one liked best first."""
    weighed: list[tuple[float, str]] = []
    for part in accepted.split(",")[:_MOST_ASKED]:
        tag, _, weight = part.partition(";")
        quality = _quality(weight.strip())
        if tag.strip() and quality > 0:
            weighed.append((-quality, tag.strip()))
    return [tag for _, tag in sorted(weighed, key=lambda each: each[0])]


def _quality(weight: str) -> float:
    if not weight:
        return 1.0
    found = re.fullmatch(r"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)", weight)
    return float(found[1]) if found else 0.0


@cache
def _shipped() -> Mapping[str, Words]:
    source = _texts(SHIPPED / f"{SOURCE}.yaml")
    others = sorted(SHIPPED.glob("*.yaml"))
    return {file.stem: _checked(file, _texts(file), source) for file in others}


def _read(file: Path) -> Words:
    return _checked(file, _texts(file), _shipped()[SOURCE].texts)


def _texts(file: Path) -> dict[str, str]:
    document = parse(file.read_bytes(), file.name)
    if document.diagnostics or document.root is None:
        raise DefinitionError(document.diagnostics)
    plain = document.value()
    if not isinstance(plain, Mapping) or not all(isinstance(each, str) for each in plain.values()):
        raise WordsError(f"{file}: each line is a key and its text; copy {SOURCE}.yaml and translate it")
    return {str(key): str(text) for key, text in plain.items()}


def _checked(file: Path, texts: Mapping[str, str], source: Mapping[str, str]) -> Words:
    """The texts of a file, if it says everything that the source says, and nothing else."""
    try:
        Locale.parse(file.stem, sep="-")
    except (UnknownLocaleError, ValueError):
        raise WordsError(f"{file}: `{file.stem}` is no language; call the file by its tag, as fr") from None
    missing = [key for key in source if not texts.get(key, "").strip()]
    unknown = [key for key in texts if key not in source]
    strange = [key for key in source if key in texts and _fields(texts[key]) != _fields(source[key])]
    for keys, what in (
        (missing, "lacks the text of"),
        (unknown, "has what the form does not say:"),
        (strange, "names other values in { } than the English text of"),
    ):
        if keys:
            raise WordsError(f"{file}: {what} {', '.join(keys)}; compare it with {SHIPPED / SOURCE}.yaml")
    return Words(file.stem, dict(texts))


def _fields(text: str) -> set[str]:
    return set(_FIELD.findall(text))
