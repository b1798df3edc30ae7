"""Parts of all partitions give one table, the same in any order and whoever is ahead."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from msgspec.structs import replace

from clearance.events.learning.cohorts import Stay, load_chain
from clearance.events.learning.course import Stays
from clearance.events.learning.expectations import Expectations, decode_expectations, encode_expectations
from clearance.events.learning.learner import Learner
from clearance.events.learning.merging import Merging
from clearance.events.learning.part import Part
from clearance.events.learning.percentile import FIRST
from clearance.events.learning.tally import IN_TIME, OVERDUE, RUNNING, Tally

CHAIN = load_chain()
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)


def merged(parts: Iterable[Part]) -> Expectations | None:
    merging = Merging()
    merging.take(parts)
    return merging.table(CHAIN) if merging.is_due else None


def stay(began: datetime) -> Stay:
    return Stay("received", "cn", "2901", "export", "2", "forenoon", began)


def told(partition: int, days: int, minutes: int = 60) -> list[Part]:
    """Of so many days, on each of which forty stays of these minutes and up ended, and one goes on running."""
    tally, found = Tally(CHAIN), []
    for day in range(days):
        began = MONDAY + day * DAY
        for number in range(40):
            tally.count(Stays(((stay(began), began + timedelta(minutes=minutes + number)),)))
        tally.count(Stays((), stay(began)))
        for name in (f"{began:%Y-%m-%d}", RUNNING):
            place = {"epoch": 0, "partition": partition, "src": day, "hour": began + DAY}
            found.append(Part(**place, slice=name, cohorts=tally.listed(name)))  # type: ignore[arg-type]
    return found


def test_nothing_is_known_before_a_day_was_told() -> None:
    assert merged([]) is None


def test_it_is_the_table_of_one_who_saw_every_stay() -> None:
    learner = Learner(CHAIN)
    for day in range(2):
        began = MONDAY + day * DAY
        for number in [*range(60, 100), *range(600, 640)]:
            learner.end(stay(began), began + timedelta(minutes=number))
        for _ in range(2):
            learner.begin(stay(began))
    found = merged([*told(0, 2), *told(1, 2, 600)])
    assert found is not None
    assert found == learner.table(found.version, MONDAY + 2 * DAY)
    assert found.cohorts


def test_an_office_that_has_become_slower_is_named() -> None:
    """Five weeks, in the last of which it takes three times as long."""
    quick, slow = told(0, 28), told(0, 35, 300)
    found = merged([*quick, *(part for part in slow if part.src >= 28 and part.slice != RUNNING), *slow[-1:]])
    assert found is not None
    [(at, one)] = found.slower.items()
    assert (at, one.size) == (("received", "cn", "2901"), 7 * 40)
    assert one.times == pytest.approx(3.5, abs=0.2)
    assert decode_expectations(encode_expectations(found)) == found


def test_order_and_repeats_change_nothing() -> None:
    parts = told(0, 2)
    tables = [merged([*some, *some[:2]]) for some in permutations(parts)]
    assert all(table == tables[0] for table in tables)


def test_a_day_is_told_with_those_that_run() -> None:
    day, running = told(0, 1)
    assert merged([*told(1, 1), *told(0, 2)[:-1]]) == merged([*told(1, 1), *told(0, 1)])
    assert merged([day]) is None
    assert merged([running, day]) is not None


def judged(parts: list[Part], overdue: int, in_time: int) -> list[Part]:
    """The same days, on each of which so many were judged."""
    counts = tuple((number, times) for number, times in ((IN_TIME, in_time), (OVERDUE, overdue)) if times)
    return [part if part.slice == RUNNING else replace(part, judged=((CHINA, counts),)) for part in parts]


CHINA = ("received", "cn", "*", "*", "*", "*")


def percentile(parts: list[Part]) -> float:
    found = merged(parts)
    assert found is not None
    return found.cohorts[CHINA].percentile


def test_the_percentile_moves_with_what_was_judged_day_by_day() -> None:
    assert percentile(told(0, 3)) == percentile(judged(told(0, 3), 1, 19)) == FIRST
    assert percentile(judged(told(0, 3), 0, 20)) < FIRST < percentile(judged(told(0, 3), 2, 18))
    both = [*judged(told(0, 3), 1, 9), *judged(told(1, 3), 1, 29)]
    assert percentile(both) == percentile(both[::-1]) == pytest.approx(FIRST)


def test_however_many_one_day_judges_it_moves_by_half_of_what_is_missed() -> None:
    assert percentile(judged(told(0, 2), 0, 100_000)) == pytest.approx(FIRST - 2 * 0.5 * 0.05, rel=1e-3)


def test_one_that_is_too_far_behind_is_left_out_and_named() -> None:
    ahead, behind = told(0, 5), told(7, 2)
    found = merged([*ahead, *behind])
    assert found is not None
    assert (found.without, found.as_of) == ((7,), MONDAY + 5 * DAY)
    waited = merged([*ahead, *told(7, 3)])
    assert waited is not None
    assert (waited.without, waited.as_of) == ((), MONDAY + 3 * DAY)
    ended = merged([*ahead, *(part for part in behind if part.slice != RUNNING)])
    assert ended is not None
    assert found.cohorts == ended.cohorts, "what has ended there counts, and what runs does not"


def test_a_partition_that_is_ahead_waits_for_the_others() -> None:
    assert merged([*told(0, 3), *told(1, 2)]) == merged([*told(0, 2), *told(1, 2)])
    later, before = merged([*told(0, 3), *told(1, 3)]), merged(told(0, 2))
    assert later is not None
    assert before is not None
    assert later.version == before.version + 1
