"""Passwords by the rules of NIST SP 800-63B (section 3.1.1.2 of revision 4): long, any characters, nothing
that is easy to guess; no rules of composition and no change by the calendar.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Final

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from web.errors import PasswordError

SHORTEST: Final = 12
LONGEST: Final = 256
"""Characters of a password, after normalisation."""

GUESSES: Final = 10**8
"""How many guesses a password has to withstand: as many as a slow attack over the network can't make."""

LOOKED_AT: Final = 72
"""Characters whose guesses are estimated; the estimate takes time that rises with their square."""

OURS: Final = ("casewright", "casework", "caseworker", "password", "passphrase", "welcome", "office")
"""Words that everybody would try here."""

FEWEST: Final = 4
"""Letters that a password has besides the words that belong to the person."""

_estimating = Lock()


LETTERS: Final = "abcdefghijkmnpqrstuvwxyz23456789"
"""What a made password consists of: nothing that is read for something else."""


def made_password() -> str:
    """A password for somebody who chooses their own at the next login: 20 characters in groups, which can be
    read out on the telephone (100 bits).
    """
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(5)) for _ in range(4))


def normalised(password: str) -> str:
    """The password as it is hashed: NFKC, so that one keyboard's letters are another's."""
    return unicodedata.normalize("NFKC", password)


def check(password: str, words: Iterable[str] = ()) -> None:
    """Refuse a new password that is too short, too long or easy to guess; PasswordError says why.

    `words` are those that belong to the person: login, name, e-mail address.
    """
    text = normalised(password)
    if len(text) < SHORTEST:
        raise PasswordError(
            (f"Take at least {SHORTEST} characters. Several words in a row are easy to keep.",)
        )
    if len(text) > LONGEST:
        raise PasswordError((f"Take at most {LONGEST} characters.",))
    known = {part for word in words for part in _parts(word)} | set(OURS)
    if _made_of(text, known) or guesses(text, known) < GUESSES:
        raise PasswordError(
            (
                "This is easy to guess: it is known from other places, is made of a pattern, "
                "or of your own name. Take several words that have nothing to do with each other.",
            )
        )


def guesses(text: str, known: Iterable[str] = ()) -> float:
    """How many guesses somebody needs who knows common passwords, words, names, dates, keyboard patterns and
    the words in `known`.
    """
    from zxcvbn import zxcvbn  # its lists of words take a while to read

    with _estimating:  # it keeps the words of the person in a place that all threads share
        found = zxcvbn(text[:LOOKED_AT], user_inputs=sorted(known))
    return float(found["guesses"])


def _made_of(text: str, known: Iterable[str]) -> bool:
    """Whether hardly a letter is left when these words are taken out: somebody's name and some digits."""
    left = text.casefold()
    for word in sorted(known, key=len, reverse=True):
        left = left.replace(word, "")
    letters = sum(each.isalpha() for each in left)
    return left != text.casefold() and letters < FEWEST


def _parts(word: str) -> set[str]:
    """A name or an address, and the pieces that it is made of."""
    pieces = "".join(each if each.isalnum() else " " for each in word.lower()).split()
    return {each for each in (word.lower(), "".join(pieces), *pieces) if len(each) > 2}


@dataclass(frozen=True)
class Passwords:
    """Hashes and verifies with argon2id. The costs are those of argon2-cffi (RFC 9106, low memory): some
    50 ms and 64 MiB; tests take less.
    """

    time_cost: int = 3
    memory_cost: int = 65_536
    parallelism: int = 4

    @cached_property
    def _hashing(self) -> PasswordHash:
        return PasswordHash((Argon2Hasher(self.time_cost, self.memory_cost, self.parallelism),))

    @cached_property
    def _nobodys(self) -> str:
        return self._hashing.hash("the password of nobody")

    def hash(self, password: str) -> str:
        """What is kept of a password."""
        return self._hashing.hash(normalised(password))

    def verify(self, password: str, kept: str | None) -> tuple[bool, str | None]:
        """Whether this is the password, and a new hash to keep where the costs have changed since.

        Where there is no password, or no account, it takes as long and says no.
        """
        text, nobodys = normalised(password[: LONGEST * 4]), self._nobodys
        if kept is None:
            self._hashing.verify(text, nobodys)
            return False, None
        return self._hashing.verify_and_update(text, kept)
