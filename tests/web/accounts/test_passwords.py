"""Passwords: what is refused, and what is kept of them."""

import pytest
from account_world import GOOD, OTHER, keys

from web.accounts.passwords import LONGEST, SHORTEST, Passwords, check
from web.errors import PasswordError

pytestmark = pytest.mark.sqlite("no database is touched")

WORDS = ("ann@office.example", "Ann Worthington", "ann.worthington@office.example")


@pytest.mark.parametrize(
    "password",
    [
        GOOD,
        OTHER,
        "pflaumenbaum über dem alten bahnhof",  # other languages, spaces, letters outside of ASCII
        "x9!Kd#2pQz7&mW4v",
        "8371 9264 0185 3374",
        "зелёная лампа стоит под рекой",
    ],
)
def test_long_and_unusual_is_enough(password: str) -> None:
    check(password, WORDS)


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "P@ssw0rd1234",
        "123456789012",
        "qwertyuiop[]",
        "aaaaaaaaaaaaaaaa",
        "iloveyou2024",
        "casewright2026",
        "worthington2026",
        "Ann Worthington",
        "worthington!ann@2026",
        "office casewright ann",
        "ann@office.example",
    ],
)
def test_what_is_known_patterned_or_ones_own_name_is_refused(password: str) -> None:
    with pytest.raises(PasswordError, match="easy to guess"):
        check(password, WORDS)


def test_the_length_is_counted_after_normalising() -> None:
    short = "e\u0301" * (SHORTEST - 1)  # each two code points, which NFKC makes one
    with pytest.raises(PasswordError, match="at least 12"):
        check(short)
    with pytest.raises(PasswordError, match="at most 256"):
        check("w" * (LONGEST + 1))


def test_a_refusal_repeats_nothing_of_the_password() -> None:
    with pytest.raises(PasswordError) as caught:
        check("worthington2026", WORDS)
    assert "worthington" not in str(caught.value)


def test_another_keyboards_letters_are_the_same_password() -> None:
    kept = keys().passwords.hash("se\u0301ven ｌａｍｐｓ")
    assert keys().passwords.verify("s\u00e9ven lamps", kept) == (True, None)
    assert keys().passwords.verify("seven lamps", kept) == (False, None)


def test_it_is_kept_as_argon2id_with_the_usual_costs() -> None:
    kept = Passwords().hash(GOOD)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_a_hash_of_other_costs_is_renewed_when_the_password_is_right() -> None:
    cheaper = Passwords(time_cost=1, memory_cost=16, parallelism=1)
    kept = cheaper.hash(GOOD)
    right, renewed = keys().passwords.verify(GOOD, kept)
    assert right
    assert renewed is not None
    assert keys().passwords.verify(GOOD, renewed) == (True, None)
    assert keys().passwords.verify(OTHER, kept) == (False, None)


def test_for_nobody_as_much_is_computed_as_for_somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    from pwdlib import PasswordHash

    asked: list[str] = []
    verify = PasswordHash.verify

    def counted(self: PasswordHash, password: str, kept: str) -> bool:
        asked.append(kept)
        return verify(self, password, kept)

    monkeypatch.setattr(PasswordHash, "verify", counted)
    assert keys().passwords.verify("the password of nobody", None) == (False, None)
    (kept,) = asked
    assert kept.split("$")[:4] == keys().passwords.hash(GOOD).split("$")[:4]
