"""Incidents held against outages: right by their members, exact by what they name, how long after it could be known."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from msgspec.structs import replace

from clearance.evaluation.incidents import IncidentTally, score, tally
from clearance.events.incidents.incident import Incident
from clearance.simulator.life import Trouble
from clearance.simulator.outages import Outage

TEN = datetime(2026, 4, 27, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DOWN = Outage("down", "office-down", "cn", TEN, TEN + 300 * MINUTE, office="2901")
NAMED = tuple(f"cn:unified:E{n:017}" for n in range(8))
INCIDENT = Incident(
    incident="a" * 16,
    authority="cn",
    kind="stuck",
    group=(("office", "2901"),),
    since=TEN,
    failing_since=TEN,
    opened_at=TEN + 30 * MINUTE,
    lift=9.0,
    members=NAMED[:6],
    most=6,
)


def held(*names: str) -> Any:
    """A life whose declarations an outage held, one due a minute after the other."""
    troubles = [
        Trouble(name, "stuck", "A04", TEN, TEN + n * MINUTE, TEN + 300 * MINUTE, "down") for n, name in enumerate(names)
    ]
    return SimpleNamespace(troubles=troubles, scenario="cleared")


def test_one_that_most_members_belong_to_is_right_and_its_delay_counts_from_the_fifth() -> None:
    found = tally([INCIDENT], [held(*NAMED[:5])], [DOWN])
    assert found == IncidentTally(incidents=1, right=1, exact=1, outages=1, found=1, delays=(26 * 60.0,))


def test_one_of_others_is_wrong_and_the_outage_missed() -> None:
    other = replace(INCIDENT, members=(*NAMED[:2], "x", "y", "z"))
    found = tally([other], [held(*NAMED[:5])], [DOWN])
    assert found == IncidentTally(incidents=1, outages=1)


def test_an_outage_that_befell_four_cannot_be_missed() -> None:
    assert tally([], [held(*NAMED[:4])], [DOWN]) == IncidentTally()


def test_naming_more_than_the_office_is_right_and_not_exact() -> None:
    narrow = replace(INCIDENT, group=(("chapter", "84"), ("office", "2901")))
    assert tally([narrow], [held(*NAMED[:5])], [DOWN]).exact == 0


def test_seeds_are_summed() -> None:
    some = [IncidentTally(2, 1, 1, 1, 1, (60.0,)), IncidentTally(0, 0, 0, 1, 0)]
    found = score(some)
    assert (found.incidents, found.outages) == (2, 2)
    assert (found.precision and found.precision.value, found.recall and found.recall.value) == (0.5, 0.5)
    assert found.delay_minutes
    assert found.delay_minutes.value == 1
    assert score([IncidentTally()]).precision is None
