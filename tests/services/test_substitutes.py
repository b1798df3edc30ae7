"""Words and numbers for others: the same shape, the same order, and valid if they were."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.helpers.extent import examples

from clearance.recordings import check_digits
from clearance.recordings.substitutes import SHAPES, WORD, substitutes

SOCIAL_CREDIT = "91350100M000100Y43"
"""The example of GB 32100-2015."""
CONTAINER = "CSQU3054383"
"""The example of ISO 6346."""
WORDS = st.lists(
    st.one_of(
        st.text("0123456789", min_size=1, max_size=18),
        st.from_regex(r"[IE]2026[0-9]{13}", fullmatch=True),
        st.from_regex(r"[0-9]{18}", fullmatch=True),
        st.text("ABCXYZabcxyz0189", min_size=1, max_size=12),
        st.text("海关已接受申报公司", min_size=1, max_size=6),
        st.text("ÄéЖ２", min_size=1, max_size=4),
    ),
    max_size=40,
)


def seeded(seed: int) -> Random:
    return Random(seed)  # noqa: S311 # so that a failure can be repeated


def kind(char: str) -> str:
    if "0" <= char <= "9":
        return "digit"
    if char.isascii():
        return "upper" if char.isupper() else "lower"
    return "chinese" if "\u3400" <= char <= "\ufaff" else "other"


@settings(max_examples=examples(100), deadline=None)
@given(WORDS, st.integers(0, 3))
def test_words_keep_their_length_their_kinds_and_stay_different(words: list[str], seed: int) -> None:
    found = substitutes(words, seeded(seed))
    replaced = [found.get(word, word) for word in dict.fromkeys(words)]
    assert len(set(replaced)) == len(replaced)
    for word, other in found.items():
        assert [*map(kind, other)] == [*map(kind, word)]
        assert (other[0] == "Z") == (word[0] == "Z")
        assert WORD.fullmatch(other)


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(st.from_regex(r"[IE]2026[0-9]{13}", fullmatch=True), min_size=2, max_size=20), st.integers(0, 3))
def test_numbers_of_a_shape_keep_their_order(numbers: list[str], seed: int) -> None:
    found = substitutes(numbers, seeded(seed))
    assert sorted(numbers, key=lambda number: found[number]) == sorted(numbers)
    assert all(found[number][:5] == number[:5] for number in numbers)


def test_text_without_a_number_stays_as_it_is() -> None:
    assert substitutes(["0", "000000000000000000", "&amp;"], seeded(1)) == {}


def test_a_customs_number_keeps_office_year_and_direction() -> None:
    (found,) = substitutes(["290120261650000028"], seeded(1)).values()
    assert found.startswith("290120261")
    assert found != "290120261650000028"


@pytest.mark.parametrize("number", [SOCIAL_CREDIT, CONTAINER])
def test_a_number_with_check_digits_stays_valid(number: str) -> None:
    shape = next(shape for shape in SHAPES if shape.holds(number))
    assert shape.checks
    for seed in range(50):
        (found,) = substitutes([number], seeded(seed)).values()
        assert shape.holds(found)
        assert found != number


def test_an_mrn_with_a_check_digit_stays_valid_and_one_without_keeps_year_and_country() -> None:
    body = "26GB0000000000123"
    valid = body + check_digits.container(body)
    wrong = body + str((int(valid[-1]) + 1) % 10)
    for seed in range(20):
        found = substitutes([valid, wrong], seeded(seed))
        assert check_digits.container(found[valid][:17]) == found[valid][17]
        assert {found[valid][:4], found[wrong][:4]} == {"26GB"}


def test_too_many_words_of_one_shape_are_an_error_and_no_repeats() -> None:
    assert len(substitutes([chr(65 + one) for one in range(25)], seeded(1))) == 25
    with pytest.raises(ValueError, match="different words"):
        substitutes([chr(0x4E00 + one) for one in range(4000)], seeded(1))
