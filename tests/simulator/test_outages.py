"""Outages: they follow from the seed, befall only what they concern, and every trouble is told with its cause."""

from collections import Counter
from datetime import timedelta
from itertools import islice

from msgspec.structs import replace
from tests.simulator.conftest import NINGBO_DOWN, SPRING
from tests.simulator.folded import Folded

from clearance.simulator.conditions import Conditions
from clearance.simulator.life import Consignment, Life, Trouble
from clearance.simulator.outages import QUIET_DAYS, Outage, Outages
from clearance.simulator.traffic import lives, traffic
from clearance.simulator.world import field

MONTH = timedelta(days=30)


def some(count: int, *planted: Outage, seed: int = 5) -> list[Life]:
    """Lives with no outages but those."""
    conditions = Conditions(field(), seed, SPRING, clean=True, planted=planted)
    return list(islice(lives(seed, SPRING, declarations_per_day=500, conditions=conditions), count))


def troubles_of(begun: list[Life], cause: str) -> list[tuple[Life, Trouble]]:
    return [(life, trouble) for life in begun for trouble in life.troubles if trouble.cause == cause]


def test_a_seed_has_its_outages_and_another_seed_has_others() -> None:
    one, same, other = (Outages(field(), seed, SPRING).until(SPRING + MONTH) for seed in (3, 3, 4))
    assert one == same != other
    assert all(outage.since >= SPRING + timedelta(days=QUIET_DAYS) for outage in one)


def test_twenty_seeds_have_outages_of_every_kind() -> None:
    kinds = Counter(
        outage.kind for seed in range(101, 121) for outage in Outages(field(), seed, SPRING).until(SPRING + MONTH)
    )
    assert kinds.keys() == {row.kind for row in field().outages}


def test_clean_days_have_none() -> None:
    assert Outages(field(), 3, SPRING, drawn=False).until(SPRING + MONTH) == []
    assert not [trouble for life in some(300) for trouble in life.troubles if trouble.cause.startswith("outage")]


def test_an_outage_holds_its_office_until_it_is_over_and_nobody_else() -> None:
    begun = some(250, NINGBO_DOWN)
    held = troubles_of(begun, "ningbo-down")
    assert len(held) > 10
    for life, trouble in held:
        assert isinstance(life.cargo, Consignment)
        assert life.cargo.office.code == "3101"
        assert (trouble.kind, trouble.until is not None and trouble.until >= NINGBO_DOWN.until) == ("stuck", True)
        assert trouble.since <= trouble.due
        assert NINGBO_DOWN.since <= trouble.due < NINGBO_DOWN.until
    told = [
        post
        for life in begun
        if isinstance(life.cargo, Consignment) and life.cargo.office.code == "3101"
        for post in life.posts
        if post.word.stands in NINGBO_DOWN.stages and NINGBO_DOWN.since <= post.occurred_at < NINGBO_DOWN.until
    ]
    assert told == []


def test_one_chapter_at_one_office_is_held_alone() -> None:
    held = troubles_of(some(400, replace(NINGBO_DOWN, chapter="85")), "ningbo-down")
    assert held
    assert {life.cargo.goods.chapter for life, _ in held if isinstance(life.cargo, Consignment)} == {"85"}


def test_an_authority_that_is_down_tells_nothing_at_all() -> None:
    down = replace(NINGBO_DOWN, name="uk-down", authority="uk", office="", stages=frozenset({"all"}))
    begun = some(400, down)
    assert {life.cargo.authority for life, _ in troubles_of(begun, "uk-down")} == {"uk"}
    times = [post.occurred_at for life in begun if life.cargo.authority == "uk" for post in life.posts]
    assert not [at for at in times if down.since <= at < down.until]


def test_an_outage_that_grows_befalls_few_at_first() -> None:
    growing = replace(NINGBO_DOWN, office="", growth=NINGBO_DOWN.until - NINGBO_DOWN.since)
    middle = growing.since + growing.growth / 2
    held = troubles_of(some(300, growing), "ningbo-down")
    all_of_it = troubles_of(some(300, replace(growing, growth=timedelta())), "ningbo-down")
    first, of_all = (sum(trouble.due < middle for _, trouble in one) for one in (held, all_of_it))
    assert 0 < first < of_all / 2


def test_an_outage_that_rejects_rejects_a_share_of_what_is_filed() -> None:
    rejecting = replace(NINGBO_DOWN, does="rejects", stages=frozenset(), share=0.7)
    rejected = {life.name for life, _ in troubles_of(some(400, rejecting), "ningbo-down")}
    filed = {
        life.name
        for life in some(400, rejecting)
        if isinstance(life.cargo, Consignment)
        and life.cargo.office.code == "3101"
        and rejecting.since <= life.filed_at < rejecting.until
    }
    assert rejected < filed
    assert 0.5 < len(rejected) / len(filed) < 0.9


def test_traffic_in_the_field_is_the_same_for_the_same_seed() -> None:
    one, same = (islice(traffic(3, SPRING, conditions=Conditions(field(), 3, SPRING)), 600) for _ in range(2))
    assert list(one) == list(same)


def test_every_kind_of_trouble_is_told_of_declarations_that_there_are(in_field: Folded) -> None:
    told = [trouble for life in in_field.lives for trouble in life.troubles]
    assert {trouble.kind for trouble in told} == {"stuck", "rejected", "duplicate", "refiled", "cut_off_missed"}
    assert {trouble.about for trouble in told} <= in_field.declarations
    assert {trouble.other for trouble in told if trouble.other} <= in_field.declarations


def test_a_second_filing_is_refiled_after_a_rejection_else_a_duplicate(in_field: Folded) -> None:
    for life in in_field.lives:
        kinds = {trouble.kind for trouble in life.troubles if trouble.other}
        if "rejected" in life.scenario:
            assert kinds <= {"refiled"}
        if life.scenario.startswith("filed-twice"):
            assert kinds == {"duplicate"}


def test_what_never_goes_on_is_stuck_for_ever(in_field: Folded) -> None:
    for life in in_field.lives:
        endless = {trouble.rule for trouble in life.troubles if trouble.kind == "stuck" and trouble.until is None}
        rule = {"never-received": "A03", "never-reviewed": "A04", "never-released": "A05", "never-closed": "A13"}
        if life.scenario in rule:
            assert endless <= {rule[life.scenario], "A01", "A03"}
            assert endless
        if life.scenario == "green":
            assert not endless
