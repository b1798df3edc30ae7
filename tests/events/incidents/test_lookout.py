"""The lookout: kept and resumed anywhere it tells the same, and so it does whoever of the partitions is ahead."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.events.incidents.test_life import LARGE, MIDNIGHT, OFFICE
from tests.events.incidents.traffic import Trouble, waits
from tests.helpers.extent import examples

from clearance.events.incidents.groups import EVERYTHING
from clearance.events.incidents.learned import QUIET_DAYS
from clearance.events.incidents.lookout import PATIENCE, IncidentTold, Known, Lookout, WaitsTold
from clearance.events.incidents.waits import Wait
from clearance.events.incidents.watching import LOOK_EVERY

PARTITIONS, A_DAY = 3, 700
BEGINS = MIDNIGHT - (QUIET_DAYS + 1) * timedelta(days=1)
Record = tuple[WaitsTold, datetime]
"""What is told, and when it was written."""


@cache
def traffic(until_hours: int = 36) -> tuple[Wait, ...]:
    """A week of quiet, then a chapter at an office stands still, and some days later all of the authority does."""
    troubles = [
        Trouble(LARGE, MIDNIGHT + timedelta(hours=6), MIDNIGHT + timedelta(hours=14)),
        Trouble(EVERYTHING, MIDNIGHT + timedelta(hours=20), MIDNIGHT + timedelta(hours=23)),
    ]
    days = QUIET_DAYS + 1 + until_hours / 24
    return tuple(waits(3, BEGINS, days, A_DAY, troubles))


@cache
def told_by(partition: int) -> tuple[WaitsTold, ...]:
    """What one partition tells, in order: each wait when it is judged and when it is over, and marks in between."""
    news: list[tuple[datetime, Wait | None]] = []
    for nth, wait in enumerate(traffic()):
        if nth % PARTITIONS == partition:
            news.append((wait.judged_at, replace(wait, over_at=None)))
            if wait.over_at is not None:
                news.append((wait.over_at, wait))
    end = BEGINS + timedelta(days=QUIET_DAYS + 1, hours=34)
    marks = ((end - BEGINS) // LOOK_EVERY) + 1
    news = [one for one in news if one[0] <= end] + [(BEGINS + nth * LOOK_EVERY, None) for nth in range(marks)]
    news.sort(key=lambda one: (one[0], one[1] is None))
    return tuple(
        WaitsTold(partition, src, mark=at)
        if wait is None
        else WaitsTold(partition, src, "cn", None, (("stuck", wait),))
        for src, (at, wait) in enumerate(news)
    )


@cache
def merged(seed: int, ahead: int) -> tuple[Record, ...]:
    """The records of all, each partition's in their order, some of them up to so many ahead of the others."""
    draw, left = Random(seed), [list(reversed(told_by(n))) for n in range(PARTITIONS)]  # noqa: S311 # an order
    found: list[Record] = []
    while any(left):
        source = draw.choice([one for one in left if one])
        for _ in range(min(draw.randint(1, ahead), len(source))):
            found.append((source.pop(), MIDNIGHT + len(found) * timedelta(milliseconds=10)))
    return tuple(found)


def fold(lookout: Lookout, records: Sequence[Record], start: int = 0) -> list[IncidentTold]:
    every = enumerate(records[start:], start)
    return [one for offset, (told, at) in every for one in lookout.take(offset, told, at)]


@cache
def whole(seed: int = 1, ahead: int = 5) -> tuple[IncidentTold, ...]:
    return tuple(fold(Lookout(0, PARTITIONS, Known()), merged(seed, ahead)))


def test_it_finds_what_stands_still_and_tells_when_it_is_over() -> None:
    last = {one.incident.incident: one.incident for one in whole() if not one.incident.into}
    groups = [one.group for one in last.values()]
    assert {*groups} >= {EVERYTHING}
    assert any({*group} <= {*LARGE} and group for group in groups), groups
    assert all(one.closed_at for one in last.values())
    assert OFFICE not in groups


@pytest.mark.parametrize(("seed", "ahead"), [(2, 1), (3, 400)])
def test_who_is_ahead_changes_nothing(seed: int, ahead: int) -> None:
    assert tuple(fold(Lookout(0, PARTITIONS, Known()), merged(seed, ahead))) == whole()


def test_repeats_of_a_partition_change_nothing() -> None:
    records = [one for record in merged(1, 5) for one in (record, record)]
    again = [*records[:4000], *records[2000:]]
    assert tuple(fold(Lookout(0, PARTITIONS, Known()), again)) == whole()


@settings(deadline=None, max_examples=examples(3))
@given(st.lists(st.integers(0, len(merged(1, 5))), max_size=3, unique=True).map(sorted))
def test_kept_anywhere_and_resumed_it_tells_the_same(cuts: list[int]) -> None:
    records, told, start = merged(1, 5), list[IncidentTold](), 0
    lookout = Lookout(0, PARTITIONS, Known())
    for cut in (*cuts, len(records)):
        told += fold(lookout, records[:cut], start)
        known, start = lookout.known(), cut
        before = [(offset, records[offset][0]) for offset in range(known.begins, cut)]
        lookout = Lookout(0, PARTITIONS, known, before)
    assert tuple(told) == whole()


def test_what_it_goes_on_from_holds_no_more_than_some_days() -> None:
    lookout, records = Lookout(0, PARTITIONS, Known()), merged(1, 5)
    begins = []
    for offset, (told, at) in enumerate(records):
        lookout.take(offset, told, at)
        if lookout.wants_to_be_kept:
            known = lookout.known()
            begins.append((known.begins, known.place))
    assert len(begins) >= QUIET_DAYS
    longest = max(place - begin for begin, place in begins)
    assert longest < len(records) / 2


def test_it_waits_for_a_partition_that_tells_nothing_and_then_leaves_it_out() -> None:
    lookout, nine = Lookout(0, 2, Known()), MIDNIGHT
    lookout.take(0, WaitsTold(0, 0, mark=nine), nine)
    lookout.take(1, WaitsTold(1, 0, mark=nine), nine)
    place, minutes = 1, 0
    while minutes <= PATIENCE // timedelta(minutes=1):
        assert (lookout.at, lookout.left_out) == (nine, [])
        place, minutes = place + 1, minutes + 1
        lookout.take(place, WaitsTold(0, place, mark=nine + place * LOOK_EVERY), nine + minutes * timedelta(minutes=1))
    assert lookout.left_out == [1]
    assert lookout.at == nine + place * LOOK_EVERY
    lookout.take(place + 1, WaitsTold(1, 1, mark=nine + LOOK_EVERY), nine + timedelta(hours=9))
    assert lookout.left_out == []


def test_a_night_in_which_nobody_tells_anything_is_nobodys_fault() -> None:
    lookout = Lookout(0, 2, Known())
    for place, (partition, hour) in enumerate([(0, 0), (1, 0), (0, 9), (1, 9)]):
        at = MIDNIGHT + timedelta(hours=hour)
        lookout.take(place, WaitsTold(partition, hour, mark=at), at)
        assert lookout.left_out == []
