"""Which declarations of one consignor are of the same goods: silent, or turned down, when the second was filed."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations
from random import Random

from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.helpers.extent import examples

from clearance.events.filings.book import COMPARED_FOR, KEPT_FOR, NEAREST
from clearance.events.filings.filing import Filing, Point
from clearance.events.filings.telling import Telling, Told
from clearance.events.receipts.related import UNRELATED, Counterpart, Related, Says

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
TRADER = "3502160001"
ONE, TWO, THREE = (f"cn:unified:E2026000401000000{number}" for number in (1, 2, 3))
BILL, GOODS = "bill:b111", "goods:f222"
SILENT = (Counterpart(ONE, ("bill", "goods"), NINE),)


def filing(
    name: str, *points: Point, traits: Sequence[str] = (BILL, GOODS), seq: int = 1, trader: str = TRADER
) -> Filing:
    return Filing(name, 0, seq, points[-1][0], trader, tuple(sorted(traits)), points=points)


def submitted(name: str, at: datetime = NINE, traits: Sequence[str] = (BILL, GOODS)) -> Filing:
    return filing(name, (at, "submitted"), traits=traits)


def taken(telling: Telling, one: Filing) -> list[Told]:
    """What is told of it at once."""
    telling.take(one)
    return telling.due()


def told(*filings: Filing) -> dict[str, Related]:
    """What each is related to in the end, of those that are."""
    telling = Telling()
    last = {told.declaration: told.related for one in filings for told in taken(telling, one)}
    return {name: related for name, related in last.items() if related.says != UNRELATED.says}


def says(*filings: Filing) -> dict[str, Says]:
    return {name: related.says for name, related in told(*filings).items()}


def test_a_second_filing_of_the_same_goods_while_the_first_is_silent_is_told_at_once() -> None:
    telling = Telling()
    assert taken(telling, submitted(ONE)) == []
    second = submitted(TWO, NINE + HOUR)
    assert taken(telling, second) == [Told(TWO, Related(NINE + HOUR, NINE + HOUR, SILENT), quiet=False)]
    assert taken(telling, second) == [], "once"


def test_a_bill_or_the_goods_are_enough_and_another_consignor_is_not() -> None:
    bill = submitted(TWO, NINE + HOUR, traits=(BILL, "goods:f999"))
    goods = submitted(TWO, NINE + HOUR, traits=("bill:b999", GOODS))
    assert says(submitted(ONE), bill) == {TWO: ((Counterpart(ONE, ("bill",), NINE),), None)}
    assert says(submitted(ONE), goods) == {TWO: ((Counterpart(ONE, ("goods",), NINE, other_bill=True),), None)}
    assert says(submitted(ONE), submitted(TWO, NINE + HOUR, [GOODS])) == {
        TWO: ((Counterpart(ONE, ("goods",), NINE),), None)
    }
    assert says(submitted(ONE), replace(bill, trader="3502169999")) == {}
    assert says(replace(submitted(ONE), trader=""), replace(bill, trader="")) == {}, "nobody is named"


def test_a_filing_after_a_rejection_is_linked_and_repeats_nothing() -> None:
    rejected = filing(ONE, (NINE, "submitted"), (NINE + HOUR, "rejected"))
    again = submitted(TWO, NINE + 2 * HOUR)
    assert says(rejected, again) == {TWO: ((), Counterpart(ONE, ("bill", "goods"), NINE + HOUR))}
    third = submitted(THREE, NINE + 3 * HOUR)
    duplicate = (Counterpart(TWO, ("bill", "goods"), NINE + 2 * HOUR),)
    assert says(rejected, again, third)[THREE] == (duplicate, Counterpart(ONE, ("bill", "goods"), NINE + HOUR))


def test_what_was_released_before_or_is_a_draft_repeats_nothing() -> None:
    released = filing(ONE, (NINE, "submitted"), (NINE + HOUR, "released"))
    assert says(released, submitted(TWO, NINE + 2 * HOUR)) == {}
    assert says(submitted(ONE), filing(TWO, (NINE + HOUR, "draft"))) == {}
    assert says(filing(ONE, (NINE, "draft")), submitted(TWO, NINE + HOUR)) == {}


def test_it_was_silent_when_the_second_was_filed_and_a_later_release_takes_nothing_back() -> None:
    released = filing(ONE, (NINE, "submitted"), (NINE + 2 * HOUR, "released"), seq=2)
    assert says(submitted(ONE), submitted(TWO, NINE + HOUR), released) == {TWO: (SILENT, None)}


def test_it_is_taken_back_when_either_is_refused() -> None:
    for name in (ONE, TWO):
        telling = Telling()
        taken(telling, submitted(ONE))
        taken(telling, submitted(TWO, NINE + HOUR))
        begun = NINE if name == ONE else NINE + HOUR
        turned_down = filing(name, (begun, "submitted"), (NINE + 2 * HOUR, "rejected"), seq=2)
        [taken_back] = taken(telling, turned_down)
        assert taken_back == Told(TWO, Related(NINE + 2 * HOUR, NINE + HOUR), quiet=False)


def test_an_alias_and_its_declaration_are_one() -> None:
    alias = "cn:sender-client-seq:acme/SEQ2"
    sent = submitted(alias, NINE + HOUR)
    primary = replace(submitted(TWO, NINE + HOUR), numbers=("sender-client-seq:acme/SEQ2",))
    first = replace(submitted(ONE), numbers=("sender-client-seq:acme/SEQ1",))
    assert says(first, sent, primary, replace(sent, into=TWO, seq=2)).keys() >= {TWO}
    assert says(first, sent)[alias] == (SILENT, None), "before customs has given it a number"
    assert says(first, sent, primary)[TWO] == (SILENT, None), "and not of its own alias"
    assert says(submitted(ONE), sent) == {}, "nothing tells that these are two"


def test_an_alias_stands_for_its_declaration_until_that_names_the_goods() -> None:
    alias = "cn:sender-client-seq:acme/SEQ1"
    sent, second = submitted(alias), replace(submitted(TWO, NINE + HOUR), numbers=("sender-client-seq:acme/SEQ2",))
    merged = replace(sent, into=ONE, seq=2)
    primary = replace(submitted(ONE), numbers=("sender-client-seq:acme/SEQ1",))
    telling = Telling()
    for one in (sent, second):
        taken(telling, one)
    [moved] = taken(telling, merged)
    assert moved.related.says == (SILENT, None)
    assert taken(telling, primary) == [], "nobody is told of it twice"


def test_an_alias_is_named_once_however_often_it_is_looked_at() -> None:
    alias = "cn:sender-client-seq:acme/SEQ1"
    sent, second = submitted(alias), replace(submitted(TWO, NINE + HOUR), numbers=("sender-client-seq:acme/SEQ2",))
    third, merged = submitted(THREE, NINE + 2 * HOUR), replace(sent, into=ONE, seq=2)
    assert says(sent, second, merged, third)[TWO] == (SILENT, None)
    rejected = replace(merged, seq=3, points=(*merged.points, (NINE + 3 * HOUR, "rejected")))
    assert TWO not in says(sent, second, merged, third, rejected)


def test_it_forgets_what_has_not_changed_for_long_and_takes_nothing_back_for_that() -> None:
    telling = Telling()
    taken(telling, submitted(ONE))
    taken(telling, submitted(TWO, NINE + HOUR))
    taken(telling, submitted(THREE, NINE + KEPT_FOR + HOUR / 2, traits=["bill:b999"]))
    assert telling.forgotten() == [ONE]
    moved = filing(TWO, (NINE + HOUR, "submitted"), (NINE + 2 * HOUR, "received"), seq=2)
    assert taken(telling, moved) == []


def test_what_stands_still_for_long_is_no_first_filing_any_more_whoever_comes_first() -> None:
    in_time, late = submitted(TWO, NINE + COMPARED_FOR), submitted(THREE, NINE + COMPARED_FOR + HOUR)
    for filings in permutations([submitted(ONE), in_time, late]):
        assert says(*filings)[TWO] == (SILENT, None)
        assert [one.declaration for one in says(*filings)[THREE][0]] == [TWO]


def test_it_looks_at_the_nearest_of_many_alike_whatever_their_order() -> None:
    many = [submitted(f"cn:unified:E202600040{at:08}", NINE + at * HOUR) for at in range(3 * NEAREST)]
    in_turn = says(*many)
    last = in_turn[many[-1].declaration]
    assert last[0][0].declaration == many[-1 - NEAREST].declaration
    chance = Random(5)  # noqa: S311 # an order
    for _ in range(5):
        assert says(*chance.sample(many, len(many))) == in_turn


@st.composite
def histories(draw: st.DrawFn) -> list[list[Filing]]:
    """Of some declarations, each how it changed: filed at some hour, then decided or not."""
    found = []
    for number in range(draw(st.integers(2, 5))):
        name, begun = f"cn:unified:E20260004010000{number:04}", NINE + draw(st.integers(0, 8)) * HOUR
        traits = draw(st.sets(st.sampled_from([BILL, "bill:b2", GOODS, "goods:f2"]), min_size=1))
        ends = [begun + draw(st.integers(1, 8)) * HOUR for _ in range(draw(st.integers(0, 2)))]
        stages = [draw(st.sampled_from(["received", "rejected", "released", "deleted"])) for _ in ends]
        points = [(begun, "submitted"), *zip(sorted(ends), stages, strict=True)]
        found.append([filing(name, *points[: seq + 1], traits=sorted(traits), seq=seq) for seq in range(len(points))])
    return found


@drawn(histories(), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=examples(200))
def test_any_interleaving_with_repeats_comes_to_the_same(history: list[list[Filing]], chance: object) -> None:
    turns = [one for one, changes in enumerate(history) for _ in changes]
    chance.shuffle(turns)  # type: ignore[attr-defined]
    left = [iter(changes) for changes in history]
    shuffled = [next(left[one]) for one in turns]
    repeated = [again for place, one in enumerate(shuffled) for again in (one, shuffled[place // 2])]
    in_turn = [one for changes in history for one in changes]
    assert says(*repeated) == says(*in_turn)
