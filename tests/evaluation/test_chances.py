"""The chance of a release in time: what is asked when, and how far the answers are to be believed."""

from datetime import UTC, date, datetime, timedelta

import pytest

from clearance.evaluation.chances import Asked, questions, reliability
from clearance.evaluation.silences import Silence, Watched
from clearance.events.learning.cohorts import chain
from clearance.events.learning.course import Obligation
from clearance.events.learning.expectations import SHARES, Expectations, Learned
from clearance.events.standing.statements import Plan
from clearance.settings.tables import default_tables

BEGAN = datetime(2026, 4, 13, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = (101, date(2026, 4, 13))
HOURLY = Learned(
    size=500, percentile=0.95, overdue_after_seconds=72_000, curve_seconds=tuple(round(s * 72_000) for s in SHARES)
)
TABLE = Expectations(1, BEGAN, {(stage, "cn", "*", "*", "*", "*"): HOURLY for stage in ("reviewed", "arrived")})


def _asked(*obligations: Obligation) -> list[Asked]:
    silence = Silence("A05", BEGAN, BEGAN, "2901", "export", "sea", over=BEGAN + 16 * HOUR, ended=BEGAN + 16 * HOUR)
    planned = Plan(BEGAN + 20 * HOUR)
    arrived = Plan(BEGAN + 20 * HOUR, arrived_at=BEGAN + 10 * HOUR)
    plans = ((BEGAN + HOUR, planned), (BEGAN + 10 * HOUR, arrived))
    filing = Watched(
        "cn:unified:E1",
        "cn",
        DAY[1],
        (silence,),
        plans=plans,
        released_at=BEGAN + 16 * HOUR,
        obligations=obligations,
    )
    return [*questions(filing, TABLE, default_tables(), chain())]


def test_it_is_asked_while_the_declaration_is_reviewed() -> None:
    assert [(one.when, one.arrived, one.came) for one in _asked()] == [
        ("planned", False, True),
        ("arrived", True, True),
        ("12 h before", False, True),
        ("6 h before", True, True),
    ]


def test_from_the_arrival_on_the_stay_counts_anew() -> None:
    chances = {one.when: one.chance for one in _asked()}
    assert chances["arrived"] == pytest.approx(0.5, abs=0.01), "ten hours are left of twenty"
    assert chances["6 h before"] == pytest.approx(6 / 16, abs=0.01)


def test_of_what_is_inspected_nothing_is_told_where_nothing_was_learned_of_inspections() -> None:
    inspected = Obligation("inspection", BEGAN + 13 * HOUR, BEGAN + 16 * HOUR)
    assert [one.when for one in _asked(inspected)] == ["planned", "arrived", "12 h before"]


def test_answers_are_held_against_whoever_tells_the_base_rate() -> None:
    knows = [Asked("planned", False, 0.95, True)] * 8 + [Asked("planned", False, 0.05, False)] * 2
    found = reliability("knows", {DAY: knows})
    assert found is not None
    assert found.base_rate == 0.8
    assert found.brier_of_base_rate == pytest.approx(0.16)
    assert found.brier == pytest.approx(0.0025)
    assert found.skill is not None
    assert found.skill.value == pytest.approx(1 - 0.0025 / 0.16)
    first, last = found.deciles[0], found.deciles[9]
    assert first is not None
    assert last is not None
    assert (first.asked, first.came, last.asked, last.came) == (2, 0, 8, 1)
    assert reliability("nothing", {}) is None
