"""What people do about an anomaly by hand, and where it stands for each of them. Pure.

The word of an organisation holds for itself: it may close the anomaly for that organisation, and nobody else sees any
of it. The operator's word ("" as organisation) closes it for all (docs/decisions/0064).
"""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from clearance.events.anomalies.ledger import Anomaly, AnomalyKey, AnomalyState, Ledger, Turn, What
from clearance.events.receipts.facts import Statement, StatementKind
from clearance.events.values.times import parse_utc

OPERATOR = ""
BY_HAND: Mapping[StatementKind, What] = {
    "acknowledge": "acknowledged",
    "assign": "assigned",
    "resolve": "resolved",
    "false_positive": "false_positive",
}
"""What each command about an anomaly does to it."""
CLOSING = frozenset({"resolve", "false_positive"})
"""Those that always close; an acknowledgement closes what nothing else ever will."""
MOST_TURNS = 20
"""Of one organisation about one anomaly; beyond that what was said again later is forgotten."""
INHERITED = frozenset({"assigned", "false_positive"})
"""What was said of a finding is not said anew for each level of it."""


class Known(Protocol):
    """An anomaly of the ledger, or as a store has it."""

    @property
    def state(self) -> AnomalyState: ...
    @property
    def acknowledged_by(self) -> str: ...
    @property
    def turns(self) -> tuple[Turn, ...]: ...


class Handling(Struct, frozen=True):
    """What one organisation has done about an anomaly. `closed` is the state in which it has closed it for itself, None
    while it stands as it does for all; `acknowledged_by` the last command by which it took note."""

    closed: AnomalyState | None = None
    acknowledged_by: str = ""
    assignee: str = ""


NOT_HANDLED = Handling()


def handlings(anomaly: Known) -> dict[str, Handling]:
    """By organisation, of those that have done anything. A state of before turns were kept tells the operator's
    acknowledgement alone."""
    found: dict[str, Handling] = {}
    if anomaly.acknowledged_by:
        found[OPERATOR] = Handling(acknowledged_by=anomaly.acknowledged_by)
    for turn in anomaly.turns:
        if turn.command_id:
            found[turn.organisation] = _after(found.get(turn.organisation, NOT_HANDLED), turn)
    return found


def _after(held: Handling, turn: Turn) -> Handling:
    if turn.closes and turn.organisation != OPERATOR and turn.what != "assigned" and turn.what != "opened":
        held = replace(held, closed=turn.what)
    if turn.what == "acknowledged":
        held = replace(held, acknowledged_by=turn.command_id)
    return replace(held, assignee=turn.assignee) if turn.what == "assigned" else held


def handling_of(anomaly: Known, organisation: str) -> Handling:
    """What this organisation has done about it."""
    return handlings(anomaly).get(organisation, NOT_HANDLED)


def state_for(anomaly: Known, organisation: str) -> AnomalyState:
    """Where it stands for an organisation; for the operator, as it does for all."""
    return handling_of(anomaly, organisation).closed or anomaly.state


def turns_for(anomaly: Known, organisation: str) -> tuple[Turn, ...]:
    """What an organisation may know of the turns: its own whole, the operator's only where they close it for all, and
    then without who and why. The operator knows all."""
    if organisation == OPERATOR:
        return anomaly.turns
    return tuple(
        turn if turn.organisation == organisation or not turn.command_id else _without_hand(turn)
        for turn in anomaly.turns
        if turn.organisation == organisation or (turn.organisation == OPERATOR and (turn.closes or not turn.command_id))
    )


def _without_hand(turn: Turn) -> Turn:
    return Turn(turn.at, turn.what, COMMAND, closes=turn.closes)


COMMAND = "command"
"""What is told of the cause in place of the id of another's command."""


def refused(ledger: Ledger, statement: Statement) -> str:
    """Why a command about an anomaly has no effect; "" if it has."""
    key = key_in(statement)
    if key not in ledger.open:
        return "no such anomaly is open"
    closed = handling_of(ledger.anomalies[key], statement.organisation).closed
    return f"it is closed for you already: {closed}" if closed else ""


def handled(ledger: Ledger, statement: Statement, is_over: bool) -> tuple[Ledger, Anomaly]:
    """The ledger after a command about an open anomaly. `is_over`: nothing but a hand will ever close it."""
    key, what = key_in(statement), BY_HAND[statement.kind]
    closes = statement.kind in CLOSING or (statement.kind == "acknowledge" and is_over)
    turn = Turn(
        at=statement.issued_at,
        what=what,
        cause=statement.command_id,
        command_id=statement.command_id,
        organisation=statement.organisation,
        by=statement.by,
        note=statement.body.get("note", ""),
        assignee=statement.body.get("assignee", ""),
        closes=closes,
    )
    held = ledger.anomalies[key]
    anomaly = replace(held, turns=_bounded((*held.turns, turn), statement.organisation))
    if statement.organisation == OPERATOR:
        anomaly = _by_operator(anomaly, turn)
    left = ledger.open if anomaly.state == "open" else ledger.open - {key}
    return Ledger(ledger.results, {**ledger.anomalies, key: anomaly}, left), anomaly


def _by_operator(anomaly: Anomaly, turn: Turn) -> Anomaly:
    if turn.what == "acknowledged":
        anomaly = replace(anomaly, acknowledged_by=turn.command_id)
    if turn.closes and turn.what != "assigned" and turn.what != "opened":
        anomaly = replace(anomaly, state=turn.what)
    return anomaly


def _bounded(turns: tuple[Turn, ...], organisation: str) -> tuple[Turn, ...]:
    own = [turn for turn in turns if turn.command_id and turn.organisation == organisation]
    if len(own) <= MOST_TURNS:
        return turns
    last = {turn.what: turn for turn in own}
    gone = next(turn for turn in own if last[turn.what] is not turn)
    return tuple(turn for turn in turns if turn is not gone)


def inherited(higher: Anomaly, lower: Anomaly) -> Anomaly:
    """A higher level of a finding, with what was said of the lower one: who sees to it, and for whom it is none."""
    last = {(turn.organisation, turn.what): turn for turn in lower.turns if turn.what in INHERITED}
    return replace(higher, turns=(*higher.turns, *last.values())) if last else higher


def is_closed_for_somebody(anomaly: Anomaly) -> bool:
    """Whether some organisation has, though it is open."""
    return any(turn.closes for turn in anomaly.turns)


def key_in(statement: Statement) -> AnomalyKey:
    """The anomaly that a command speaks of."""
    return statement.body["rule"], parse_utc(statement.body["deadline"])
