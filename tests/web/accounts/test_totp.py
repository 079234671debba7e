"""Second factors: which code counts when."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.accounts.totp import PERIOD, address, code_at, matching_step, new_secret

pytestmark = pytest.mark.sqlite("no database is touched")

RFC = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""The secret of RFC 6238's examples, `12345678901234567890`, in base 32."""


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
    ],
)
def test_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    assert code_at(RFC, now) == code
    assert matching_step(RFC, code, now, None) == seconds // PERIOD


@given(st.integers(0, 2**32), st.integers(-4, 4))
def test_a_code_counts_one_half_minute_before_and_after(seconds: int, off: int) -> None:
    now = datetime.fromtimestamp(seconds + 1000, UTC)
    code = code_at(RFC, now + timedelta(seconds=off * PERIOD))
    near = {code_at(RFC, now + timedelta(seconds=each * PERIOD)) for each in (-1, 0, 1)}
    assert (matching_step(RFC, code, now, None) is not None) == (abs(off) <= 1 or code in near)


def test_no_code_counts_twice_nor_one_before_it() -> None:
    now = datetime(2026, 3, 2, 8, tzinfo=UTC)
    step = matching_step(RFC, code_at(RFC, now), now, None)
    assert step is not None
    assert matching_step(RFC, code_at(RFC, now), now, step) is None
    assert matching_step(RFC, code_at(RFC, now - timedelta(seconds=30)), now, step) is None
    assert matching_step(RFC, code_at(RFC, now + timedelta(seconds=30)), now, step) == step + 1


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "٢٨٧٠٨٢", "287 08", "-28708"])
def test_what_is_no_code_is_wrong(typed: str) -> None:
    assert matching_step(RFC, typed, datetime.fromtimestamp(59, UTC), None) is None


def test_a_code_may_be_typed_with_a_space() -> None:
    assert matching_step(RFC, "287 082", datetime.fromtimestamp(59, UTC), None) == 1


def test_a_new_secret_has_160_bits_and_an_address_for_apps() -> None:
    secret = new_secret()
    assert len(secret) == 32
    assert secret != new_secret()
    assert address(secret, "ann@office.example") == (
        f"otpauth://totp/Casewright:ann%40office.example?secret={secret}&issuer=Casewright"
    )
