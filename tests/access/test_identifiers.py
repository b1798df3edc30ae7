"""Identifiers are checked when they are given: a typo would let an organisation see a stranger's declarations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance.access.errors import AccessRefused
from clearance.access.identifiers import GB32100, check_digit, checked_identifier

codes = st.text(GB32100, min_size=17, max_size=17).map(lambda first: first + check_digit(first))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("uscc:91350100M000100Y43", ("uscc", "91350100M000100Y43")),  # the example of the standard
        ("uscc: 91350100m000100y43 ", ("uscc", "91350100M000100Y43")),
        ("customs:3302961234", ("customs", "3302961234")),
        ("eori:gb123456789000", ("eori", "GB123456789000")),
        ("connection:my-Company", ("connection", "my-Company")),
    ],
)
def test_what_can_be_one_is_kept_in_one_form(given: str, kept: tuple[str, str]) -> None:
    assert checked_identifier(given) == kept


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("91350100M000100Y43", "write it as KIND:VALUE; kinds are uscc, customs, eori, connection"),
        ("vat:1", "kinds are uscc"),
        ("uscc:91350100M000100Y44", "its check digit is wrong; look for a typo"),
        ("uscc:91350100M000100Y4", "its form is"),
        ("uscc:91350100I000100Y43", "its form is"),
        ("customs:330296123", "customs registration code"),
        ("eori:G1", "its form is"),
        ("connection:", "its form is"),
    ],
)
def test_what_cannot_be_one_is_refused(given: str, why: str) -> None:
    with pytest.raises(AccessRefused) as refused:
        checked_identifier(given)
    assert why in str(refused.value)


@given(codes, st.integers(0, 17), st.sampled_from(GB32100))
def test_one_wrong_digit_of_a_credit_code_is_noticed(code: str, place: int, wrong: str) -> None:
    mistyped = code[:place] + wrong + code[place + 1 :]
    if mistyped == code:
        assert checked_identifier(f"uscc:{mistyped}") == ("uscc", code)
    else:
        with pytest.raises(AccessRefused, match="check digit"):
            checked_identifier(f"uscc:{mistyped}")
