"""Parts of all partitions give one table, the same in any order and whoever is ahead."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import permutations

from clearance.events.learning.cohorts import Stay, load_chain
from clearance.events.learning.course import Stays
from clearance.events.learning.expectations import Expectations
from clearance.events.learning.learner import Learner
from clearance.events.learning.merging import Merging
from clearance.events.learning.part import Part
from clearance.events.learning.tally import RUNNING, Tally

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


def test_order_and_repeats_change_nothing() -> None:
    parts = told(0, 2)
    tables = [merged([*some, *some[:2]]) for some in permutations(parts)]
    assert all(table == tables[0] for table in tables)


def test_a_day_is_told_with_those_that_run() -> None:
    day, running = told(0, 1)
    assert merged([*told(1, 1), *told(0, 2)[:-1]]) == merged([*told(1, 1), *told(0, 1)])
    assert merged([day]) is None
    assert merged([running, day]) is not None


def test_a_partition_that_is_ahead_waits_for_the_others() -> None:
    assert merged([*told(0, 3), *told(1, 2)]) == merged([*told(0, 2), *told(1, 2)])
    later, before = merged([*told(0, 3), *told(1, 3)]), merged(told(0, 2))
    assert later is not None
    assert before is not None
    assert later.version == before.version + 1
