"""A silence is a function of the view and of a table; what is asked of a moment is one of the clock, too."""

from datetime import datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.helpers.arrivals import DAY, HOUR, MONDAY, channel
from tests.helpers.recordings import RECORDINGS, STORIES, recorded
from tests.helpers.told import Told

from clearance.events.anomalies.patience import WATCHED_BY
from clearance.events.anomalies.release_chance import release_chance
from clearance.events.anomalies.silence import Silence, silence
from clearance.events.learning.cohorts import Key
from clearance.events.learning.expectations import SHARES, Expectations, Learned
from clearance.events.partition.replay import Replay
from clearance.events.standing.statements import Plan
from clearance.events.standing.track import Hold
from clearance.events.standing.view import View
from clearance.recordings.read import read_recording
from clearance.settings.tables import default_tables

TABLES = default_tables()
STAGES = ("draft", "submitted", "received", "reviewed", "released")


def curve(hours: float) -> Learned:
    """Half have ended after so many hours, and all lengths up to twice that are alike."""
    seconds = tuple(round(2 * hours * 3600 * share) for share in SHARES)
    return Learned(
        size=200, percentile=0.95, overdue_after_seconds=round(2 * hours * 3600 * 0.95), curve_seconds=seconds
    )


def table(**hours: float) -> Expectations:
    cohorts: dict[Key, Learned] = {(stage, "cn", "*", "*", "*", "*"): curve(some) for stage, some in hours.items()}
    return Expectations(9, MONDAY, cohorts)


def of(told: Told, given: Expectations | None) -> Silence:
    found = silence("cn", told.view, TABLES, given)
    assert found is not None
    return found


RECEIVED = Told(channel("L"))


def test_without_a_table_the_configured_time_of_the_stage_counts_and_nothing_is_learned() -> None:
    found = of(RECEIVED, None)
    told = Told(channel("L"), until=30 * DAY).of("A04")
    assert found.overdue_at == found.configured_at == MONDAY + told[0][0], "it is when the rule fires first"
    assert (found.percentile, found.cohort, found.learned, found.version) == (None, (), None, 0)
    assert (found.reached_at(0.5), found.percentile_at(MONDAY + DAY)) == (None, None)


def test_a_table_that_does_not_know_the_stage_leaves_the_configured_time_and_is_named() -> None:
    found = of(RECEIVED, table(reviewed=1))
    assert (found.overdue_at, found.version) == (of(RECEIVED, None).overdue_at, 9)
    assert found.learned is None


def test_nothing_is_overdue_before_the_configured_time_and_later_if_that_was_learned() -> None:
    configured = of(RECEIVED, None).configured_at
    assert configured is not None
    quick, slow = of(RECEIVED, table(received=0.01)), of(RECEIVED, table(received=100))
    assert quick.overdue_at == configured
    assert quick.percentile == SHARES[-1], "as far as is known, all have moved on by then"
    assert (slow.overdue_at, slow.percentile) == (MONDAY + 190 * HOUR, 0.95)
    assert slow.reached_at(0.5) == MONDAY + 100 * HOUR
    assert slow.reached_at(0.9) == MONDAY + 180 * HOUR
    assert slow.percentile_at(MONDAY + 50 * HOUR) == pytest.approx(0.25)
    assert slow.percentile_at(MONDAY - HOUR) == 0


def test_a_conditional_release_is_held_against_others_of_its_kind() -> None:
    told = Told(channel("P"))
    assert of(told, table(released=5)).cohort[0] == "released"
    conditional = replace(told.view, flags=("conditional_release",))
    found = silence("cn", conditional, TABLES, table(released=5, released_conditionally=7))
    assert found is not None
    assert found.cohort[0] == "released_conditionally"


class Standing(NamedTuple):
    """What is read of a view, and nothing else."""

    stage: str
    since: datetime | None
    open: bool
    flags: tuple[str, ...]
    holds: tuple[Hold, ...]
    details: dict[str, str]
    transport_plan: Plan


@given(st.sampled_from(sorted(STORIES)), st.booleans(), st.floats(0.001, 500))
def test_it_follows_from_what_is_named_of_the_view_and_from_the_table(story: str, learned: bool, hours: float) -> None:
    given = table(**dict.fromkeys(STAGES, hours)) if learned else None
    for name, view in recorded(story).views.items():
        authority = name.partition(":")[0]
        found = silence(authority, view, TABLES, given)
        parts = {one: getattr(view, one) for one in Standing._fields}
        assert silence(authority, Standing(**parts), TABLES, given) == found
        assert (found is None) == (not view.open or view.since is None)
        if found is not None:
            assert view.since is not None
            turns = {one for hold in view.holds for one in (hold.since, hold.until)} | {view.transport_plan.arrived_at}
            assert found.since in {view.since, *turns}
            assert found.since >= view.since
            assert found.version == (given.version if given else 0)
            assert found.learned is None or found.learned.size >= 50
            times = [one for share in (0.5, 0.9, 0.95, 0.99) if (one := found.reached_at(share))]
            assert times == sorted(times)
            if found.configured_at is not None:
                assert found.overdue_at is not None
                assert found.overdue_at >= found.configured_at


@pytest.mark.parametrize("hours", [0.001, 30, 400])
def test_it_is_overdue_when_the_tracker_says_so(hours: float) -> None:
    given, judged = table(**dict.fromkeys(STAGES, hours)), 0
    for story in STORIES:
        told = Replay(TABLES, given).feed(read_recording(RECORDINGS / story))
        told.pass_time(MONDAY + 700 * DAY)
        for name, view in told.views.items():
            found, rule = silence(name.partition(":")[0], view, TABLES, given), WATCHED_BY.get(view.stage)
            for one in told.declarations[name].ledger.anomalies.values():
                if found and (one.rule, one.level, one.since) == (rule, 1, view.since) and one.state != "moved":
                    assert one.deadline == found.overdue_at
                    judged += 1
    assert judged > 50


PLAN = Plan(cut_off_at=MONDAY + 10 * HOUR, arrived_at=MONDAY)
REVIEWED = replace(Told(channel("J")).view, transport_plan=PLAN)


def chance(view: View, after: timedelta, given: Expectations | None) -> float | None:
    found = release_chance("cn", view, TABLES, given, MONDAY + after)
    return found.probability if found else None


def test_the_chance_of_a_release_in_time_is_that_of_those_whose_goods_lay_as_long() -> None:
    given = table(arrived=10)
    assert chance(REVIEWED, timedelta(), given) == pytest.approx(0.5)
    assert chance(REVIEWED, 4 * HOUR, given) == pytest.approx(6 / 16), "six of the sixteen hours that are left"
    assert chance(REVIEWED, 10 * HOUR, given) == 0
    assert chance(REVIEWED, 21 * HOUR, given) is None, "nobody is known to have stood as long"


def test_it_counts_from_the_arrival_of_the_goods_and_names_how_many_it_rests_on() -> None:
    plan = Plan(cut_off_at=MONDAY + 40 * HOUR, arrived_at=MONDAY + 30 * HOUR)
    found = release_chance("cn", replace(REVIEWED, transport_plan=plan), TABLES, table(arrived=10), MONDAY + 30 * HOUR)
    assert found is not None
    assert (found.cut_off_at, found.size) == (plan.cut_off_at, 200)
    assert found.probability == pytest.approx(0.5)


def test_a_stage_that_is_still_to_come_takes_its_time() -> None:
    received = replace(RECEIVED.view, transport_plan=PLAN)
    one = chance(received, timedelta(), table(received=10, arrived=10))
    assert one == pytest.approx(0.125, abs=0.005), "that two even lengths up to twenty hours sum up to ten"
    assert chance(received, timedelta(), table(received=10, arrived=0)) == pytest.approx(0.5, abs=0.01)
    assert chance(received, timedelta(), table(received=10)) is None, "of the next stage nothing is known"


def test_no_chance_is_told_without_a_cut_off_an_arrival_or_a_table_and_after_the_release() -> None:
    given = table(received=1, reviewed=1, arrived=1, released=1)
    assert chance(replace(REVIEWED, transport_plan=Plan(arrived_at=MONDAY)), HOUR, given) is None
    assert chance(replace(REVIEWED, transport_plan=Plan(cut_off_at=PLAN.cut_off_at)), HOUR, given) is None
    assert chance(REVIEWED, HOUR, None) is None
    released = replace(Told(channel("P")).view, transport_plan=PLAN)
    assert chance(released, HOUR, given) is None


def test_what_is_reviewed_is_silent_since_its_goods_arrived() -> None:
    late = replace(REVIEWED, transport_plan=Plan(arrived_at=MONDAY + 3 * HOUR))
    found = silence("cn", late, TABLES, table(reviewed=1, arrived=10))
    assert found is not None
    assert (found.since, found.place, found.cohort[0]) == (MONDAY + 3 * HOUR, "arrived", "arrived")
    assert found.reached_at(0.5) == MONDAY + 13 * HOUR
    before = silence("cn", replace(late, transport_plan=Plan(arrived_at=MONDAY - HOUR)), TABLES, None)
    assert before is not None
    assert (before.since, before.place) == (late.since, "arrived")


def test_while_customs_waits_for_something_it_is_held_against_others_that_wait_for_the_same() -> None:
    inspected = Told(channel("J"), channel("C", 5 * HOUR)).view
    found = silence(
        "cn", replace(inspected, transport_plan=Plan(arrived_at=MONDAY + HOUR)), TABLES, table(inspection=40)
    )
    assert found is not None
    assert (found.place, found.cohort[0], found.reached_at(0.5)) == (
        "inspection",
        "inspection",
        found.since + 40 * HOUR,
    )
    assert found.since > MONDAY + 4 * HOUR
