"""The form of keys: every typo is told without a look-up."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance.access.key_form import ALPHABET, LENGTH, RANDOM, complete, hash_of, is_well_formed, new_key

KEY = complete("1" * RANDOM)
keys = st.text(ALPHABET, min_size=RANDOM, max_size=RANDOM).map(complete)


def test_a_key_is_as_it_was_always() -> None:
    assert complete("0" * 37) == "clr_" + "0" * 37 + "3jnQlY"


def test_new_keys_are_well_formed_and_differ() -> None:
    found = {new_key() for _ in range(100)}
    assert len(found) == 100
    assert all(is_well_formed(key) and len(key) == LENGTH for key in found)


@given(keys, st.integers(0, LENGTH - 1), st.sampled_from(string.printable + "键"))
def test_one_wrong_character_is_noticed(key: str, place: int, wrong: str) -> None:
    mistyped = key[:place] + wrong + key[place + 1 :]
    assert is_well_formed(mistyped) == (mistyped == key)


@given(keys, st.integers(0, LENGTH - 2))
def test_two_exchanged_characters_are_noticed(key: str, place: int) -> None:
    exchanged = key[:place] + key[place + 1] + key[place] + key[place + 2 :]
    assert is_well_formed(exchanged) == (exchanged == key)


@pytest.mark.parametrize("text", ["", "clr_", "x" * LENGTH, KEY[:-1], KEY + "0", " " + KEY, KEY + "\n"])
def test_what_is_no_key_is_none(text: str) -> None:
    assert not is_well_formed(text)


def test_the_hash_depends_on_key_and_secret() -> None:
    one, two = new_key(), new_key()
    assert len({hash_of(one, b"a"), hash_of(one, b"b"), hash_of(two, b"a")}) == 3
    assert hash_of(one, b"a") == hash_of(one, b"a")
