"""What is left out of a set that is too large is a function of the set, whatever way the set was put together."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.helpers.extent import examples

from clearance.events.receipts import cap
from clearance.events.receipts.facts import Fact, Facts, key_of, merge, with_receipts
from clearance.events.receipts.particulars import MOST_BYTES, bounded, size
from clearance.events.values.particulars import Fault, Question
from clearance.events.values.receipt import Receipt

START = datetime(2026, 3, 2, tzinfo=UTC)
Held = dict[cap.Key, Fact]


def fact(number: int, questions: int = 0, text: str = "", received: int = 0, message: str = "m") -> Fact:
    """A fact at its minute, with as many questions of 40 bytes or so."""
    asked = tuple(Question("x" * 8) for _ in range(questions))
    at = START + timedelta(minutes=number)
    receipt = Receipt("cn-channel", "C", f"r{number}", at, (), "DEC_RESULT", text=text, particulars=asked)
    return Fact(receipt, START + timedelta(minutes=received), message)


TINY = {"FIRST": 3, "LAST": 5, "OF_FIRST": 100, "OF_LAST": 200, "HEAVIEST": 200, "SHORT": 4}


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in TINY.items():
        monkeypatch.setattr(cap, name, value)


facts = st.lists(
    st.builds(
        fact,
        number=st.integers(0, 13),
        questions=st.integers(0, 4),
        text=st.sampled_from(["", "abcd", "abcdefgh" * 4]),
        received=st.integers(0, 1),
        message=st.sampled_from(["m", "n"]),
    ),
    max_size=24,
)


def one_by_one(given: list[Fact]) -> Held:
    held: Held = {}
    for each in given:
        held, _ = with_receipts(held, [each])
    return held


def in_two_parts(given: list[Fact], chance: random.Random) -> Held:
    """Each part as another number of the declaration holds it, then united; some facts in both."""
    parts: list[list[Fact]] = [[], []]
    for each in given:
        for part in chance.choice([parts[:1], parts[1:], parts]):
            part.append(each)
    first, second = (one_by_one(part) for part in parts)
    return merge(Facts(first), Facts(second)).receipts


bounds = st.sampled_from(
    [TINY, TINY | {"OF_LAST": 500}, TINY | {"FIRST": 4, "LAST": 3, "OF_FIRST": 200, "OF_LAST": 600}]
)


@settings(max_examples=examples(2000), deadline=None, derandomize=True)
@given(facts, bounds, st.integers(0, 1000))
def test_any_order_repetition_and_split_comes_to_the_same(given: list[Fact], most: dict[str, int], seed: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in most.items():
            patch.setattr(cap, name, value)
        chance = random.Random(seed)  # noqa: S311 # a schedule, not a secret
        at_once, _ = with_receipts({}, given)
        shuffled = [*given, *given[::2]]
        chance.shuffle(shuffled)
        for other in (one_by_one(shuffled), in_two_parts(shuffled, chance), in_two_parts(given, chance)):
            assert other == at_once
        assert merge(Facts(at_once), Facts(at_once)).receipts == at_once
        whole = [each for each in at_once.values() if not each.left_out]
        assert sum(map(cap.weight, whole)) <= cap.OF_FIRST + cap.OF_LAST


@pytest.mark.usefixtures("tiny")
def test_what_is_left_out_is_marked_and_the_rest_stays() -> None:
    held = one_by_one([fact(number, 4, "a long text") for number in range(4)])
    cut = [each for each in held.values() if each.left_out]
    assert cut
    for each in cut:
        receipt = each.receipt
        assert (receipt.text, receipt.text_cut, receipt.particulars, receipt.particulars_cut) == (
            "a lo",
            True,
            (),
            True,
        )
    assert one_by_one([fact(0, 1), fact(1)]) == {key_of(each.receipt): each for each in (fact(0, 1), fact(1))}


def test_a_set_of_what_fits_stays_as_it_is() -> None:
    for many in (1, 8, 50, 500):
        given = [fact(number, 3, "note") for number in range(many)]
        held, entered = with_receipts({}, given)
        assert entered == given
        assert not any(each.left_out for each in held.values())


def test_of_fifteen_of_the_most_particulars_all_are_held_and_of_forty_the_first_and_the_last() -> None:
    fifteen = one_by_one([replaced(number, heaviest()) for number in range(15)])
    assert not any(each.left_out for each in fifteen.values())
    forty = [each.left_out for each in one_by_one([replaced(number, heaviest()) for number in range(40)]).values()]
    assert not any(forty[:3] + forty[-11:])
    assert all(forty[5:-13])


def test_a_fact_that_changes_nothing_held_enters_alone() -> None:
    held = one_by_one([replaced(number, heaviest()) for number in range(40)])
    again, entered = with_receipts(held, [replaced(20, heaviest())])
    assert again is held
    assert entered == []


def test_the_heaviest_is_no_lighter_than_any_fact() -> None:
    most = "\N{CJK UNIFIED IDEOGRAPH-20000}" * 4000
    told, _ = bounded([Fault("c" * 255, "\\" * 4000)] * 100)
    heavy = Receipt("cn-channel", "C", "r", START, (), "DEC_RESULT", text=most, particulars=told)
    assert sum(map(size, told)) <= MOST_BYTES
    assert cap.weight(Fact(heavy, START, "m")) <= cap.HEAVIEST


def heaviest() -> Receipt:
    told, _ = bounded(pieces())
    return replace(fact(0).receipt, particulars=told)


def pieces() -> Iterator[Question]:
    while True:
        yield Question("x" * 1000)


def replaced(number: int, receipt: Receipt) -> Fact:
    at = START + timedelta(minutes=number)
    return Fact(replace(receipt, receipt_id=f"r{number}", occurred_at=at), START, "m")
