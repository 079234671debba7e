"""What is encrypted with the application's secret."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.accounts.secret import Secret, token, token_hash
from web.errors import SecretError

pytestmark = pytest.mark.sqlite("no database is touched")

OURS = Secret("a secret for tests, thirty-two long")


@given(st.text(max_size=80), st.text(max_size=20))
def test_what_was_sealed_is_opened_again_and_never_looks_the_same_twice(text: str, about: str) -> None:
    sealed = OURS.seal(text, "totp", about)
    assert OURS.open(sealed, "totp", about) == text
    assert OURS.seal(text, "totp", about) != sealed


@pytest.mark.parametrize(
    ("secret", "purpose", "about"),
    [
        (Secret("another secret, also thirty-two long"), "totp", "A1"),
        (OURS, "cookie", "A1"),
        (OURS, "totp", "A2"),
    ],
    ids=["another secret", "another purpose", "another account"],
)
def test_it_is_opened_only_by_the_same_secret_for_the_same_thing(
    secret: Secret, purpose: str, about: str
) -> None:
    sealed = OURS.seal("JBSWY3DPEHPK3PXP", "totp", "A1")
    with pytest.raises(SecretError, match="CASEWRIGHT_SECRET"):
        secret.open(sealed, purpose, about)


@pytest.mark.parametrize("changed", ["", "1.", "2.abcd", "1.AAAA", "nonsense", "1.ümlaut"])
def test_what_is_not_ours_is_refused_in_words(changed: str) -> None:
    with pytest.raises(SecretError):
        OURS.open(changed, "totp", "A1")


def test_the_secret_is_not_shown() -> None:
    assert "thirty-two" not in repr(OURS)


def test_tokens_are_long_and_kept_as_hashes() -> None:
    first, second = token(), token()
    assert first != second
    assert len(first) >= 43
    assert token_hash(first) != token_hash(second)
    assert len(token_hash(first)) == 64


def test_a_fingerprint_needs_the_secret() -> None:
    other = Secret("another secret, also thirty-two long")
    assert OURS.fingerprint("address", "192.0.2.1") == OURS.fingerprint("address", "192.0.2.1")
    assert OURS.fingerprint("address", "192.0.2.1") != other.fingerprint("address", "192.0.2.1")
    assert OURS.fingerprint("address", "192.0.2.1") != OURS.fingerprint("cookie", "192.0.2.1")
