"""An incident is told once when it opens and once when it is over, and what lies in it is not told of by itself."""

from datetime import timedelta

from msgspec.structs import replace
from tests.api.incidents import incident_of
from tests.api.test_isolation import HELD
from tests.helpers.arrivals import MONDAY, receipt, unified
from tests.notices.told import Telling

from clearance.events.incidents.lookout import IncidentTold

OFFICE = (("office", "2901"),)


def stand_still(telling: Telling, number: int, office: str) -> None:
    """Received, and nothing for three hours."""
    arrivals = [receipt(code, minutes, seq=unified(number), office=office) for minutes, code in enumerate("7L")]
    telling.system.take(arrivals)
    telling.system.pass_time(MONDAY + timedelta(hours=3))


def test_it_is_told_once_when_it_opens_and_once_when_it_is_over(telling: Telling) -> None:
    telling.add(rules=("A04",))
    telling.system.play("held-then-released")
    assert telling.tell() == []
    opened = incident_of(HELD)
    telling.system.incident(opened)
    [told] = telling.tell(hours=1)
    assert told.subject == "[high] 84 2901: standing still"
    assert "ask this customs office once" in told.body
    assert "/v1/incidents/aaaaaaaaaaaaaaaa" in told.body
    assert telling.tell(hours=1) == []
    telling.system.incident(incident_of(HELD, "cn:unified:E20260004010000009", at=opened.at + timedelta(hours=1)))
    assert telling.tell(hours=1) == [], "one more is no news"
    telling.system.incident(incident_of(HELD, at=opened.at + timedelta(hours=2), closed=True))
    [over] = telling.tell(hours=1)
    assert over.subject == "[closed] 84 2901: standing still"
    assert over.thread == told.thread
    assert telling.tell(hours=1) == []


def test_what_lies_in_an_open_incident_is_not_told_of_by_itself(telling: Telling) -> None:
    telling.add(rules=("A04",), severity="medium")
    telling.system.play("held-then-released")
    telling.tell()
    telling.system.incident(replaced(incident_of(HELD, group=OFFICE)))
    stand_still(telling, 5, office="2901")
    stand_still(telling, 6, office="5301")
    subjects = [one.subject for one in telling.tell(hours=1)]
    assert sorted(subjects) == [
        "[high] 2901: standing still",
        f"[medium] {unified(6)}: received; not reviewed",
    ]


def test_of_a_store_that_is_filled_anew_none_is_told_that_was_over(telling: Telling) -> None:
    opened = incident_of(HELD)
    steps = [opened, incident_of(HELD, at=opened.at + timedelta(hours=2), closed=True)]
    telling.system.play("held-then-released")
    for step in steps:
        telling.system.incident(step)
    telling.add()
    assert telling.tell(hours=1) == []
    telling.system.start_anew()
    telling.system.play("held-then-released")
    for step in steps:
        telling.system.incident(step)
        assert telling.tell(hours=1) == []


def replaced(told: IncidentTold) -> IncidentTold:
    """Failing since before anything here."""
    return replace(told, incident=replace(told.incident, failing_since=MONDAY))
