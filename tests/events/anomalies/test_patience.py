"""A stay is judged by the table in force: not before the configured time, once, and with what it rests on."""

from datetime import timedelta

from msgspec.structs import replace
from tests.helpers.arrivals import DAY, EXPORT, HOUR, IMPORT, MINUTE, MONDAY, channel, planned
from tests.helpers.input_records import learned, told

from clearance.events.anomalies.ledger import Anomaly
from clearance.events.anomalies.words import case_of, words
from clearance.events.learning.expectations import Expectations
from clearance.events.partition.replay import Arrival, Replay
from clearance.events.step.outputs import AnomalyOpened, Changed
from clearance.settings.tables import default_tables

CHINA = ("cn", "*", "*", "*", "*")
STORY = [channel("L")]
"""Received on Monday morning; the configured time is 2 hours, and 8 working hours for the second level."""


def table(after: timedelta, version: int = 1, status: str = "received") -> Expectations:
    """Of all that stand at a status in China."""
    return Expectations(version, MONDAY, {(status, *CHINA): learned(int(after.total_seconds()), size=1240)})


class Live(Replay):
    """A replay that is given a table now and then."""

    def judge_by(self, given: Expectations) -> "Live":
        self._append("", told(given))
        return self

    def until(self, after: timedelta) -> "Live":
        self.pass_time(MONDAY + after)
        return self

    def stays(self, rule: str = "A04") -> list[tuple[timedelta, int, str]]:
        """When each level opened, which one, and what became of it."""
        [state] = self.declarations.values()
        found = sorted((one for one in state.ledger.anomalies.values() if one.rule == rule), key=lambda a: a.deadline)
        return [(one.deadline - MONDAY, one.level, one.state) for one in found]

    @property
    def first(self) -> Anomaly:
        [state] = self.declarations.values()
        return min((one for one in state.ledger.anomalies.values() if one.rule == "A04"), key=lambda one: one.deadline)


def live(*story: Arrival, by: Expectations | None = None) -> Live:
    found = Live(default_tables(), by)
    found.feed(story or STORY)
    return found


def test_it_waits_as_long_as_nineteen_in_twenty_do_and_all_levels_with_it() -> None:
    found = live(by=table(10 * HOUR))
    assert found.until(10 * HOUR - MINUTE).stays() == []
    assert found.until(10 * HOUR).stays() == [(10 * HOUR, 1, "open")]
    configured = live().until(DAY).stays()
    assert configured == [(2 * HOUR, 1, "escalated"), (8 * HOUR, 2, "open")]
    assert found.until(16 * HOUR).stays() == [(10 * HOUR, 1, "escalated"), (16 * HOUR, 2, "open")]


def test_it_is_never_overdue_before_the_configured_time() -> None:
    assert live(by=table(MINUTE)).until(DAY).stays() == live().until(DAY).stays()


def test_where_nothing_was_learned_the_configured_time_counts() -> None:
    assert live(by=table(10 * HOUR, status="reviewed")).until(DAY).stays() == live().until(DAY).stays()
    assert live(by=table(10 * HOUR, status="reviewed")).until(DAY).first.about == {}


def test_it_says_of_how_many_it_knows_it_and_by_which_table() -> None:
    found = live(by=table(10 * HOUR, version=9558)).until(10 * HOUR)
    cohort = "received cn * * * *"
    assert found.first.about == {"cohort": cohort, "size": "1240", "table": "9558", "percentile": "95.0"}
    [state] = found.declarations.values()
    case = case_of(state.id, found.first, ())
    assert "Of 1240 like it 95.0 % had moved on by then (table 9558)" in words(case, default_tables(), "en")
    assert "同类 1240 票中有 95.0% 到此时已有进展（预期用时表 9558）" in words(case, default_tables(), "zh")


def test_a_new_table_counts_for_those_that_wait_already() -> None:
    found = live(by=table(10 * HOUR)).until(5 * HOUR)
    assert found.judge_by(table(20 * HOUR, 2)).until(19 * HOUR).stays() == []
    assert found.judge_by(table(19.5 * HOUR, 3)).until(20 * HOUR).stays() == [(19.5 * HOUR, 1, "open")]


def test_who_is_overdue_by_a_new_table_is_told_with_the_next_clock() -> None:
    found = live(by=table(20 * HOUR)).until(5 * HOUR)
    assert found.judge_by(table(3 * HOUR, 2)).stays() == []
    assert found.until(5 * HOUR + MINUTE).stays() == [(3 * HOUR, 1, "open")]


def test_a_stay_is_judged_once() -> None:
    found = live(by=table(3 * HOUR)).until(4 * HOUR)
    for version, hours in enumerate((30, 1, 2), 2):
        found.judge_by(table(hours * HOUR, version)).until(4 * HOUR + version * MINUTE)
    assert found.stays() == [(3 * HOUR, 1, "open")]
    found.feed([channel("7", -MINUTE, arrives=5 * HOUR)])
    assert found.stays() == [(3 * HOUR, 1, "open")]
    assert found.first.about["table"] == "1"


def test_one_that_the_configured_time_has_called_overdue_stays_so_when_a_table_comes() -> None:
    found = live().until(3 * HOUR)
    assert found.judge_by(table(20 * HOUR)).until(8 * HOUR).stays() == live().until(8 * HOUR).stays()


def test_what_moves_on_in_time_sets_nothing_off() -> None:
    found = live(by=table(10 * HOUR)).feed([channel("J", 9 * HOUR)])
    assert isinstance(found, Live)
    assert found.until(12 * HOUR).stays() == []


def test_where_the_arrival_counts_the_learned_time_counts_from_it_too() -> None:
    plan = planned(MINUTE, declaration="cn:unified:" + EXPORT, arrived_at=3 * HOUR)
    story = [channel("J", number=EXPORT), plan]
    assert live(*story, by=table(3 * HOUR, status="arrived")).until(DAY).stays("A05") == [(7 * HOUR, 1, "open")]
    assert live(*story, by=table(9 * HOUR, status="arrived")).until(DAY).stays("A05") == [(12 * HOUR, 1, "open")]
    assert live(*story, by=table(9 * HOUR, status="reviewed")).until(DAY).stays("A05") == [(7 * HOUR, 1, "open")]


def test_history_is_judged_by_it_when_it_is_whole() -> None:
    story = [channel("L"), Arrival(name="end", at=MONDAY + 9 * HOUR, kind="backfill-end", backfill="b")]
    found = live(replace(story[0], backfill="b"), story[1], by=table(10 * HOUR))
    assert found.stays() == []
    assert found.until(10 * HOUR).stays() == [(10 * HOUR, 1, "open")]
    assert IMPORT in next(iter(found.declarations))


def said(found: Replay) -> list[tuple[tuple[str, ...], bool]]:
    """What was judged by what was learned, in the order of the events."""
    every = (event.data for event in found.events if isinstance(event.data, Changed | AnomalyOpened))
    return [(data.judged.cohort, data.judged.overdue) for data in every if data.judged]


RECEIVED = ("received", *CHINA)


def test_each_stay_is_judged_once_when_it_ends_in_time_or_when_it_is_too_long() -> None:
    assert said(live(by=table(10 * HOUR)).feed([channel("J", 9 * HOUR)])) == [(RECEIVED, False)]
    late = live(by=table(10 * HOUR)).until(11 * HOUR)
    assert said(late) == said(late.feed([channel("J", 12 * HOUR)])) == [(RECEIVED, True)]


def test_what_no_clock_has_seen_is_judged_by_its_length() -> None:
    assert said(live(by=table(10 * HOUR)).feed([channel("J", 11 * HOUR, arrives=5 * HOUR)])) == [(RECEIVED, True)]


def test_where_the_configured_time_counts_nothing_is_said_of_the_percentile() -> None:
    assert said(live(by=table(HOUR)).until(3 * HOUR).feed([channel("J", 4 * HOUR)])) == []
    assert said(live(by=table(HOUR)).feed([channel("J", MINUTE)])) == []
    assert said(live().feed([channel("J", MINUTE)])) == []
