"""From the log to the log: a second filing is told once, whoever works when, dies when, and in how many partitions."""

import random

import pytest
from tests.helpers.extent import examples
from tests.helpers.second_filings import MINUTE, NINE, Sent, inputs_of

from .loop import Loop

FIRST, SECOND = Sent(1, 0, "7L"), Sent(2, 30, "7L")
REJECTED = Sent(3, 0, "7LE")
ANEW = Sent(4, 60, "7L")
ELSEWHERE = Sent(5, 10, "7LJP", bill="B2", goods="61091000")
MANY = [
    FIRST,
    SECOND,
    Sent(6, 40, "7LE", goods="84714100"),
    Sent(7, 41, "7LJPR", bill="B9"),
    Sent(8, 90, "7LJ", bill="B9", goods="61091000"),
    ELSEWHERE,
    Sent(9, 95, "7E", bill="B2"),
    Sent(10, 120, "7L", bill="B2"),
]


def loop(*sent: Sent, seed: int = 0, partitions: int = 3, deaths: float = 0.0, shuffled: bool = False) -> Loop:
    chance = random.Random(seed)  # noqa: S311 # a schedule, not a secret
    inputs = inputs_of(*sent)
    return Loop(partitions, chance, deaths).run(chance.sample(inputs, len(inputs)) if shuffled else inputs)


def test_a_second_filing_while_the_first_is_silent_opens_one_anomaly_at_once() -> None:
    found = loop(FIRST, SECOND)
    (duplicates, refiles), states = found.related()[SECOND.name]
    assert [(one.declaration, one.shares) for one in duplicates] == [(FIRST.name, ("bill", "goods"))]
    assert (refiles, states) == (None, ("open",))
    assert found.related()[FIRST.name] == (((), None), ())


def test_it_is_told_of_the_alias_before_customs_has_given_it_a_number() -> None:
    alias = "cn:sender-client-seq:demo/SEQ2"
    sent = [one for one in inputs_of(SECOND) if one.key == alias][:1]
    found = Loop(3, random.Random(0)).run([*inputs_of(FIRST), *sent])  # noqa: S311
    (duplicates, _), states = found.related()[alias]
    assert [one.declaration for one in duplicates] == [FIRST.name]
    assert states == ("open",)


def test_a_filing_after_a_rejection_is_linked_and_raises_nothing() -> None:
    found = loop(REJECTED, ANEW)
    (duplicates, refiles), states = found.related()[ANEW.name]
    assert (duplicates, states) == ((), ())
    assert refiles is not None
    assert (refiles.declaration, refiles.since) == (REJECTED.name, NINE + 4 * MINUTE)
    assert found.opened() == []


def test_other_goods_under_another_bill_are_related_to_nothing() -> None:
    found = loop(FIRST, ELSEWHERE)
    assert {says for says, _ in found.related().values()} == {((), None)}


def test_it_opens_once_for_each_however_often_it_is_told() -> None:
    found = loop(FIRST, SECOND, deaths=0.5, seed=7)
    assert len(found.told) > len({one.value for one in found.told}), "nobody died"
    assert len(found.opened()) == len({*found.opened()})


def in_the_end(found: Loop) -> dict[str, object]:
    """What each is related to and whether that is open. What was open in between depends on who was ahead."""
    return {name: (says, "open" in states) for name, (says, states) in sorted(found.related().items())}


@pytest.mark.parametrize("seed", range(examples(60)))
def test_whoever_works_when_and_dies_when_it_comes_to_the_same(seed: int) -> None:
    wanted = in_the_end(loop(*MANY))
    assert sum("open" in states for _, states in loop(*MANY).related().values()) > 0
    assert in_the_end(loop(*MANY, seed=seed, partitions=1 + seed % 3, deaths=0.3)) == wanted


@pytest.mark.parametrize("seed", range(examples(40)))
def test_any_order_of_arrival_comes_to_the_same(seed: int) -> None:
    shuffled, wanted = loop(*MANY, seed=seed, deaths=0.2, shuffled=True), loop(*MANY)
    assert in_the_end(shuffled) == in_the_end(wanted)
    assert shuffled.open() == wanted.open()
