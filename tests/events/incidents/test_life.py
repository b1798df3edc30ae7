"""One incident for many: when it opens, what it names, how it grows and ends; and none of it on clean days.

Traffic is made up (`traffic.py`), 10,000 declarations a day. A declaration is stuck an hour after it was filed.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from random import Random

import pytest
from msgspec.structs import replace
from tests.events.incidents.traffic import DAY, Trouble, usual, waits

from clearance.events.incidents.groups import EVERYTHING, Group, holds
from clearance.events.incidents.incident import Incident
from clearance.events.incidents.life import Watch, advance
from clearance.events.incidents.tally import Tally, tallies
from clearance.events.incidents.waits import Gauge, Wait

A_DAY = 10_000
MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
STEP = timedelta(minutes=5)
IN_TIME = timedelta(minutes=15)
"""From the fifth stuck declaration to the incident."""
LARGE: Group = (("chapter", "37"), ("office", "2901"))
"""3.0 % of declarations."""
SMALL: Group = (("chapter", "61"), ("office", "2901"))
"""0.5 %."""
OTHER: Group = (("chapter", "29"), ("office", "2902"))
OFFICE: Group = (("office", "2901"),)
OVERDUE = Gauge("received", "overdue")


def at(hour: int, minute: int = 0) -> datetime:
    return MIDNIGHT + timedelta(hours=hour, minutes=minute)


@cache
def watch(a_day: int = A_DAY) -> Watch:
    return Watch("cn", "stuck", {OVERDUE: usual(MIDNIGHT, a_day)})


def judged(seed: int, troubles: Iterable[Trouble], until: datetime, a_day: int = A_DAY) -> list[Wait]:
    """All waits since two days before midnight, in the order in which they were judged."""
    days = (until - MIDNIGHT) / DAY + 2
    return sorted(waits(seed, MIDNIGHT - 2 * DAY, days, a_day, [*troubles]), key=lambda wait: wait.judged_at)


def course(
    told: list[Wait], begins: datetime, ends: datetime, a_day: int = A_DAY, step: timedelta = STEP
) -> Iterator[tuple[Incident, ...]]:
    """The incidents at every step."""
    incidents: tuple[Incident, ...] = ()
    tally, left = Tally(), [*reversed(told)]
    for nth in range((ends - begins) // step + 1):
        now = begins + nth * step
        while left and left[-1].judged_at <= now:
            tally.take(left.pop())
        gone = tally.pass_time(now)
        incidents = advance(incidents, {OVERDUE: tally}, watch(a_day), now)
        yield incidents
        for key in sorted(gone):
            tally.forget(key)


def fifth(told: list[Wait], trouble: Trouble) -> datetime:
    """When the fifth declaration of a trouble was stuck."""
    stuck = [wait for wait in told if wait.failed and wait.since >= trouble.begins]
    return [wait.judged_at for wait in stuck if holds(trouble.group, wait.attributes)][4]


def large(until: int = 20) -> Trouble:
    return Trouble(LARGE, at(10, 2), at(until))


def in_time(told: list[Wait], trouble: Trouble, incidents: tuple[Incident, ...]) -> bool:
    """Whether there is exactly one of the trouble, and it opened soon after the fifth."""
    opened = [one.opened_at for one in incidents if one.group == trouble.group]
    return len(opened) == 1 and opened[0] <= fifth(told, trouble) + IN_TIME


SIZES = pytest.mark.parametrize("group", [LARGE, SMALL], ids=["3%", "0.5%"])


@SIZES
def test_it_opens_one_within_a_quarter_of_an_hour_of_the_fifth(group: Group) -> None:
    trouble = Trouble(group, at(10, 2), at(20))
    told = judged(3, [trouble], at(16))
    soon = fifth(told, trouble)
    *_, incidents = course(told, soon - 2 * STEP, soon + 2 * IN_TIME)
    assert [one.group for one in incidents] == [group]
    assert in_time(told, trouble, incidents)
    assert at(10, 2) <= incidents[0].since <= at(10, 10)


@pytest.mark.soak
@SIZES
def test_it_opens_one_and_no_other_and_names_it_rightly_but_for_one_in_twenty(group: Group) -> None:
    """What stands still by chance beside the first five may make it name a chapter where it is one of an office."""
    right = 0
    for seed in range(3, 23):
        trouble = Trouble(group, at(10, 2), at(24))
        told = judged(seed, [trouble], at(22))
        soon = fifth(told, trouble)
        *_, [one] = course(told, soon - 2 * STEP, soon + 2 * IN_TIME)
        assert {*one.group} <= {*group}, seed
        assert one.opened_at <= soon + IN_TIME, seed
        right += one.group == group
    assert right >= 19


def test_it_tells_two_apart_that_come_at_once() -> None:
    troubles = [large(), Trouble(OTHER, at(10, 2), at(20))]
    told = judged(3, troubles, at(12))
    *_, incidents = course(told, at(11, 5), at(11, 40))
    assert {one.group for one in incidents} == {LARGE, OTHER}
    assert all(in_time(told, trouble, incidents) for trouble in troubles)


@pytest.mark.soak
def test_it_finds_one_that_grows_slowly() -> None:
    for seed in range(3, 13):
        told = judged(seed, [Trouble(LARGE, at(10, 2), at(34), slow=timedelta(hours=12))], at(22))
        *_, incidents = course(told, at(12), at(22), step=2 * IN_TIME)
        assert [one.group for one in incidents] == [LARGE], seed


def test_it_widens_the_incident_of_a_chapter_when_all_of_its_office_stands_still() -> None:
    told = judged(3, [large(), Trouble(OFFICE, at(10, 30), at(20))], at(12))
    states = [*course(told, at(11, 15), at(11, 50))]
    first = next(one.incident for incidents in states for one in incidents)
    course_of_it = [one for incidents in states for one in incidents if one.incident == first]
    assert [*dict.fromkeys(one.group for one in course_of_it)] == [LARGE, OFFICE]
    assert all({*a.members} <= {*b.members} for a, b in pairwise(course_of_it))
    assert all(one.into == first for one in states[-1] if one.incident != first)


def test_what_an_incident_that_is_over_accounts_for_is_no_news_though_all_of_it_still_stands() -> None:
    names = [f"cn:unified:E{nth:017}" for nth in range(40)]
    stuck = [Wait(name, OFFICE, at(10), at(11), failed=True, stage="received") for name in names]
    [opened] = advance((), tallies(stuck, at(11)), watch(), at(11))
    over = replace(opened, group=EVERYTHING, closed_at=at(12))
    assert advance([over], tallies(stuck, at(12)), watch(), at(12)) == (over,)


def test_an_authority_that_is_silent_is_one_incident() -> None:
    told = judged(3, [Trouble(EVERYTHING, at(10, 2), at(11, 30))], at(13))
    states = [*course(told, at(11), at(11, 45))]
    assert [one.group for one in states[2]] == [EVERYTHING]
    [one] = states[-1]
    assert one.incident == states[2][0].incident
    assert len(one.members) > 150
    assert at(11, 30) < (one.closed_at or at(0)) <= at(11, 40)


def test_it_closes_when_the_cohort_moves_and_does_not_open_again() -> None:
    told = judged(3, [large(12)], at(14))
    states = [*course(told, at(11, 20), at(13), step=3 * STEP)]
    assert len(states[0]) == 1
    [one] = states[-1]
    assert at(12) < (one.closed_at or at(0)) <= at(12, 20)


def test_the_order_of_arrival_and_what_is_given_twice_change_nothing() -> None:
    told = [wait for wait in judged(3, [large()], at(12)) if wait.judged_at > at(4)]
    incidents = advance((), tallies(told, at(12)), watch(), at(12))
    shuffled = [*told]
    Random(5).shuffle(shuffled)  # noqa: S311 # an order
    assert incidents
    assert advance((), tallies(shuffled, at(12)), watch(), at(12)) == incidents
    assert advance(incidents, tallies(shuffled, at(12)), watch(), at(12)) == incidents


def test_two_workers_give_it_the_same_id() -> None:
    told = [wait for wait in judged(3, [large()], at(13)) if wait.judged_at > at(4)]
    soon = advance((), tallies(told, at(11, 30)), watch(), at(11, 30))
    assert [one.incident for one in advance(soon, tallies(told, at(13)), watch(), at(13))] == [
        one.incident for one in soon
    ]


@pytest.mark.parametrize(
    ("days", "a_day"), [pytest.param(1, 2_000, id="one"), pytest.param(30, A_DAY, id="thirty", marks=pytest.mark.soak)]
)
def test_it_opens_none_on_clean_days(days: int, a_day: int) -> None:
    told = judged(101, [], MIDNIGHT + days * DAY, a_day)
    looks = course(told, MIDNIGHT, MIDNIGHT + days * DAY, a_day, step=3 * STEP)
    assert [one for incidents in looks for one in incidents] == []
