"""What people do about an anomaly: whose word holds for whom, what is kept of it, and when it is refused."""

from datetime import timedelta

import pytest
from tests.helpers.arrivals import MONDAY, channel
from tests.helpers.told import Told

from clearance.events.anomalies.handling import (
    MOST_TURNS,
    Handling,
    handling_of,
    state_for,
    turns_for,
)
from clearance.events.anomalies.ledger import Anomaly, Closed, Turn
from clearance.events.log.inputs import Clock, Command
from clearance.events.receipts.facts import Statement, StatementKind
from clearance.events.standing.statements import muted_until
from clearance.events.step.commands import MOST_COMMANDS
from clearance.events.step.declaration import Declaration
from clearance.events.step.outputs import AnomalyClosed, AnomalyHandled, AnomalyOpened, Changed, CommandResult, Step
from clearance.events.step.state_records import decode_state, encode_state
from clearance.events.step.step import step
from clearance.events.values.times import rfc3339
from clearance.settings.tables import default_tables

TABLES = default_tables()
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


class Case:
    """A declaration with one open anomaly, to which commands are given."""

    def __init__(self, *codes: str) -> None:
        told = Told(*(channel(code, place * MINUTE) for place, code in enumerate(codes)))
        self.state: Declaration = told.declarations[told.id]
        self.position = 1000

    def open(self, rule: str) -> Anomaly:
        [key] = [key for key in self.state.ledger.open if key[0] == rule]
        return self.state.ledger.anomalies[key]

    def now(self, anomaly: Anomaly) -> Anomaly:
        return self.state.ledger.anomalies[anomaly.rule, anomaly.deadline]

    def give(self, kind: StatementKind, about: Anomaly, organisation: str = "", **body: str) -> Step:
        self.position += 1
        named = {"rule": about.rule, "deadline": rfc3339(about.deadline)}
        command_id = body.pop("command_id", f"c-{self.position}")
        statement = Statement(command_id, kind, MONDAY + DAY, organisation, {**named, **body}, "Li")
        return self._take(Command(at=MONDAY + DAY, position=self.position, statement=statement))

    def wait(self, after: timedelta) -> Step:
        self.position += 1
        return self._take(Clock(at=MONDAY + after, position=self.position))

    def _take(self, given: Command | Clock) -> Step:
        taken = step(self.state, given, TABLES)
        self.state = decode_state(encode_state(taken.declaration, TABLES), TABLES)
        assert self.state.ledger == taken.declaration.ledger
        return taken


def result(taken: Step) -> CommandResult:
    [one] = [event.data for event in taken.events if isinstance(event.data, CommandResult)]
    return one


CLOSING: list[tuple[StatementKind, Closed]] = [("resolve", "resolved"), ("false_positive", "false_positive")]


@pytest.mark.parametrize(("kind", "state"), CLOSING)
def test_the_operator_closes_for_all(kind: StatementKind, state: Closed) -> None:
    case = Case("7", "L", "C")
    found = case.open("A07")
    taken = case.give(kind, found, note="called the office")
    assert [type(event.data) for event in taken.events] == [CommandResult, AnomalyClosed, Changed]
    after = case.now(found)
    assert (after.state, state_for(after, "acme")) == (state, state)
    assert after.turns[-1] == Turn(
        MONDAY + DAY, state, "c-1001", command_id="c-1001", by="Li", note="called the office", closes=True
    )


@pytest.mark.parametrize(("kind", "state"), CLOSING)
def test_an_organisation_closes_for_itself_only(kind: StatementKind, state: str) -> None:
    case = Case("7", "L", "C")
    found = case.open("A07")
    taken = case.give(kind, found, "acme")
    assert [type(event.data) for event in taken.events] == [CommandResult, AnomalyHandled, Changed]
    after = case.now(found)
    assert (state_for(after, "acme"), state_for(after, "rival"), state_for(after, "")) == (state, "open", "open")
    assert case.open("A07") == after
    assert turns_for(after, "rival") == found.turns
    assert turns_for(after, "") == after.turns


def test_what_the_operator_notes_is_told_to_nobody_else() -> None:
    case = Case("7", "L", "C")
    found = case.open("A07")
    case.give("acknowledge", found, note="ours")
    case.give("assign", found, assignee="Wang")
    assert turns_for(case.now(found), "acme") == found.turns
    case.give("resolve", found, note="and done")
    assert turns_for(case.now(found), "acme") == (*found.turns, Turn(MONDAY + DAY, "resolved", "command", closes=True))


def test_an_acknowledgement_keeps_open_what_something_else_will_close() -> None:
    case = Case("7", "L", "C")
    found = case.open("A07")
    case.give("acknowledge", found, "acme", note="seen")
    told, turn = handling_of(case.now(found), "acme"), turns_for(case.now(found), "acme")[-1]
    assert (told.acknowledged_by, turn.by, turn.note, told.closed) == (turn.command_id, "Li", "seen", None)
    assert handling_of(case.now(found), "rival") == Handling()


def test_an_acknowledgement_of_what_lasts_closes_it_for_whoever_gives_it() -> None:
    case = Case("7", "%%")
    found = case.open("A20")
    case.give("acknowledge", found, "acme")
    assert (state_for(case.now(found), "acme"), case.now(found).state) == ("acknowledged", "open")
    case.give("acknowledge", found)
    assert case.now(found).state == "acknowledged"


def test_what_lasts_and_happens_again_is_open_again_for_who_had_closed_it() -> None:
    case = Case("7", "%%", "&amp;&amp;")
    first = case.open("A20")
    case.give("acknowledge", first, "acme")
    again = case.open("A20")
    assert (case.now(first).state, again.deadline > first.deadline) == ("moved", True)
    assert (state_for(case.now(first), "acme"), state_for(again, "acme")) == ("acknowledged", "open")


def test_what_is_closed_is_closed_by_hand_no_more() -> None:
    case = Case("7", "L", "C")
    found = case.open("A07")
    case.give("false_positive", found, "acme")
    again = case.give("resolve", found, "acme")
    assert result(again).reason == "it is closed for you already: false_positive"
    assert [type(event.data) for event in again.events] == [CommandResult]
    assert result(case.give("resolve", found, "rival")).outcome == "accepted"
    case.give("resolve", found)
    assert result(case.give("acknowledge", found, "third")).reason == "no such anomaly is open"


def test_a_higher_level_opens_after_a_resolution_by_hand_and_never_for_a_false_positive() -> None:
    resolved, none = Case("7", "L"), Case("7", "L")
    for case, kind in ((resolved, "resolve"), (none, "false_positive")):
        case.wait(3 * HOUR)
        case.give(kind, case.open("A04"))  # type: ignore[arg-type]
    assert any(isinstance(event.data, AnomalyOpened) for event in resolved.wait(30 * DAY).events)
    assert none.wait(30 * DAY).events == ()


def test_a_higher_level_keeps_who_sees_to_it_and_for_whom_it_is_none() -> None:
    case = Case("7", "L")
    case.wait(3 * HOUR)
    low = case.open("A04")
    case.give("assign", low, "acme", assignee="Wang")
    case.give("acknowledge", low, "acme")
    case.give("false_positive", low, "rival")
    case.wait(30 * DAY)
    high = case.open("A04")
    assert (case.now(low).state, high.level > low.level) == ("escalated", True)
    acme = handling_of(high, "acme")
    assert (acme.assignee, acme.acknowledged_by) == ("Wang", "")
    assert (state_for(high, "rival"), state_for(high, "acme")) == ("false_positive", "open")


def test_two_organisations_may_use_one_command_id() -> None:
    case = Case("7", "L", "C")
    found = case.open("A07")
    for organisation in ("acme", "rival", ""):
        told = result(case.give("acknowledge", found, organisation, command_id="1"))
        assert (told.outcome, told.organisation, told.by) == ("accepted", organisation, "Li")
    assert case.give("acknowledge", found, "acme", command_id="1").outcome == "duplicate"
    assert len(case.state.ledger.results) == len(case.state.facts.statements) == 3


def test_what_is_kept_of_hands_is_bounded() -> None:
    case = Case("7", "L", "C")
    found = case.open("A07")
    case.give("acknowledge", found, "acme")
    for place in range(MOST_COMMANDS + 5):
        told = case.give("assign", found, "acme", assignee=f"Wang {place}")
    assert result(told).reason == f"it holds {MOST_COMMANDS} commands of yours"
    assert len(case.state.ledger.results) == len(case.state.facts.statements) == MOST_COMMANDS
    kept = case.now(found)
    assert len(kept.turns) == 1 + MOST_TURNS
    assert (handling_of(kept, "acme").assignee, handling_of(kept, "acme").acknowledged_by) == ("Wang 498", "c-1001")
    assert result(case.give("assign", found, "rival", assignee="Zhao")).outcome == "accepted"


def test_an_acknowledgement_of_before_turns_were_kept_is_the_operators() -> None:
    old = Anomaly("A07", MONDAY, 1, "high", MONDAY, (), "", acknowledged_by="c-1")
    assert handling_of(old, "") == Handling(acknowledged_by="c-1")
    assert handling_of(old, "acme") == Handling()


def test_a_history_names_the_input_of_every_step() -> None:
    case = Case("7", "L", "C", "P")
    [found] = [one for one in case.state.ledger.anomalies.values() if one.rule == "A07"]
    ids = [entry.fact.message_id for entry in case.state.track.taken]
    assert [(turn.what, turn.cause) for turn in found.turns] == [("opened", ids[2]), ("resolved", ids[3])]


@pytest.mark.parametrize(
    ("body", "why"),
    [({"note": "x" * 501}, "a note has at most 500"), ({"assignee": "x" * 101}, "an assignee 100")],
)
def test_notes_and_names_are_bounded(body: dict[str, str], why: str) -> None:
    case = Case("7", "L", "C")
    assert why in result(case.give("assign", case.open("A07"), **body)).reason


def test_a_mute_is_its_organisations_and_the_last_one_counts() -> None:
    def mute(place: int, organisation: str, hours: int) -> Statement:
        until = rfc3339(MONDAY + hours * HOUR)
        return Statement(f"m{place}", "mute", MONDAY + place * MINUTE, organisation, {"rule": "A07", "until": until})

    stated = [mute(2, "acme", 1), mute(1, "acme", 9), mute(3, "rival", 5)]
    assert muted_until(stated, "acme") == {"A07": MONDAY + HOUR}
    assert muted_until(stated, "rival") == {"A07": MONDAY + 5 * HOUR}
    assert muted_until(stated, "") == {}
