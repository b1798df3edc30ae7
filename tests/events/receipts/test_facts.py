"""Copies of one receipt: which is kept, and which stamp of their names counts."""

from datetime import UTC, datetime, timedelta
from itertools import permutations, product

import pytest
from msgspec.structs import replace

from clearance.events.receipts.facts import CONVERSATIONS, Fact, Facts, key_of, least, merge, plausible_stamp
from clearance.events.values.receipt import Receipt

AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
UNTIMED = Receipt("cn-import-response", "-1", "r", None, (), "DecImportResponse", precision="none")
TIMED = replace(UNTIMED, occurred_at=AT, precision="second")
COPIES = [
    Fact(replace(UNTIMED, text=text), AT + received * HOUR, message, AT - stamp * HOUR if stamp else None)
    for received, message, text, stamp in product((0, 1), ("a", "b"), ("", "x"), (None, 1, 2))
]


def test_the_least_of_copies_does_not_depend_on_their_order_or_number() -> None:
    for one, other in product(COPIES, COPIES):
        assert least(one, other) == least(other, one)
        assert least(least(one, other), other) == least(one, other)
    for first, second, third in permutations(COPIES, 3):
        assert least(least(first, second), third) == least(first, least(second, third))


def test_a_later_copy_gives_its_stamp_to_the_one_that_came_first() -> None:
    first, later = Fact(UNTIMED, AT, "a"), Fact(UNTIMED, AT + HOUR, "b", AT - HOUR)
    assert least(first, later) == Fact(UNTIMED, AT, "a", AT - HOUR)
    assert (first.at, least(first, later).at) == (AT, AT - HOUR)


def test_a_stamp_is_no_part_of_what_makes_two_copies_one_fact() -> None:
    key = key_of(UNTIMED)
    held, new = Facts({key: Fact(UNTIMED, AT, "a", AT)}), Facts({key: Fact(UNTIMED, AT, "a", AT - HOUR)})
    assert merge(held, new) == merge(new, held) == new
    assert merge(new, held) is new


IN_CONVERSATIONS = [
    Fact(UNTIMED, AT, message, None, conversations)
    for message, conversations in product(("a", "b"), ((), ("A",), ("B",), ("A", "B"), ("A", "C")))
]


def test_conversations_of_copies_come_together_in_any_order() -> None:
    for first, second, third in product(IN_CONVERSATIONS, repeat=3):
        assert least(first, second) == least(second, first)
        assert least(least(first, second), third) == least(first, least(second, third))
        assert len(least(least(first, second), third).conversations) <= CONVERSATIONS


def test_a_copy_that_names_its_conversation_tells_it_of_the_one_fact() -> None:
    without, named = Fact(UNTIMED, AT, "a"), Fact(UNTIMED, AT + HOUR, "b", None, ("A",))
    assert least(without, named) == least(named, without) == Fact(UNTIMED, AT, "a", None, ("A",))
    assert least(without, named).conversation == "A"


def test_two_conversations_of_one_receipt_tell_nothing() -> None:
    assert least(Fact(UNTIMED, AT, "a", None, ("B",)), Fact(UNTIMED, AT, "a", None, ("A",))).conversation == ""


def test_a_time_of_the_authority_goes_before_a_stamp() -> None:
    assert plausible_stamp(AT - HOUR, AT, TIMED) is None
    assert plausible_stamp(AT - HOUR, AT, UNTIMED) == AT - HOUR


@pytest.mark.parametrize(("ahead", "counts"), [(timedelta(days=1), True), (timedelta(days=1) + SECOND, False)])
def test_a_file_is_not_written_more_than_a_day_after_it_was_received(ahead: timedelta, counts: bool) -> None:
    assert plausible_stamp(AT + ahead, AT, UNTIMED) == (AT + ahead if counts else None)


def test_there_is_no_stamp_without_one() -> None:
    assert plausible_stamp(None, AT, UNTIMED) is None
