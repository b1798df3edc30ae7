"""From findings to anomalies: what opens, what closes, and the next deadline. At most one is open per rule.

An anomaly's key is (rule, deadline). A level that fires at once has the beginning of the finding as its deadline; the
others fire when a clock reaches it; that of a stay may be put off by what was learned (`patience`). A deadline that has
fired does not fire again, unless what it found was taken back and is found anew: a receipt out of order may do both,
and what is open is then as if it had come in order.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from clearance.events.anomalies.evidence import evidence, note
from clearance.events.anomalies.handling import inherited, is_closed_for_somebody
from clearance.events.anomalies.ledger import ALL_HOURS, LEARNED, Anomaly, AnomalyKey, Cause, Closed, Ledger, Turn
from clearance.events.anomalies.patience import First, first_of, is_stay
from clearance.events.anomalies.plan_rules import FOLLOWED_BY
from clearance.events.anomalies.repetition import possible_duplicate
from clearance.events.anomalies.rules import findings, levels
from clearance.events.anomalies.stay import begun
from clearance.events.learning.deferral import Deferral, deferral
from clearance.events.learning.expectations import Expectations
from clearance.events.receipts.parts import MAX_DETAIL
from clearance.events.receipts.related import UNRELATED, Related
from clearance.events.standing.statements import Stated, in_force
from clearance.events.standing.track import Signal, Track
from clearance.events.tables.levels import Level, Levels
from clearance.events.tables.tables import Tables


class Settled(Struct, frozen=True, gc=False):
    """The ledger brought up to date, what opened or closed (as it became, in the order in which a reader may apply it),
    and the next deadline; `deferral` if what was learned may put that off."""

    ledger: Ledger
    changes: Sequence[Anomaly] = ()
    deadline: datetime | None = None
    deferral: Deferral | None = None


def settle(
    ledger: Ledger,
    track: Track,
    plans: tuple[Stated, ...],
    authority: str,
    tables: Tables,
    cause: Cause,
    now: datetime | None = None,
    expectations: Expectations | None = None,
    related: Related = UNRELATED,
) -> Settled:
    """Compare what is open with what is found, because of an input. `now` is given by a clock, and with it the table in
    force: deadlines up to then fire."""
    by_rule = findings(track, plans, tables.authorities[authority], tables)
    for rule, signals in track.lasting.items():
        by_rule[rule] = _next(signals, ledger)
    if related is not UNRELATED and (repeats := possible_duplicate(track, related, tables)):
        by_rule[repeats.rule] = repeats
    if not by_rule and not ledger.open:
        return Settled(ledger)
    opened: list[Anomaly] = []
    current: dict[str, AnomalyKey | None] = {}
    deadline: datetime | None = None
    floor: datetime | None = None
    plan = in_force(plans)
    for rule, signal in by_rule.items():
        applicable, start = levels(signal, track.details, plan, authority, tables)
        first: First | None = None
        if (stays := is_stay(signal, applicable, track)) and (ledger.anomalies or expectations):
            stay = begun(track, plan, tables)
            first = first_of(signal, applicable, start, stay, track.details).judged(
                ledger, authority, tables, expectations
            )
        current[rule], upcoming = _current(
            ledger=ledger,
            signal=signal,
            applicable=applicable,
            start=start,
            now=now,
            opened=opened,
            track=track,
            cause=cause,
            first=first,
        )
        if stays and current[rule] is None and (first is None or not first.fired):
            floor = upcoming if first is None else first.floor
        elif upcoming is not None and (deadline is None or upcoming < deadline):
            deadline = upcoming
        if ledger.open and (key := current[rule]) in ledger.open:
            ledger = _retold(ledger, key, signal, track)
    for rule, worse in FOLLOWED_BY.items() if plans else ():
        if current.get(worse):
            current[rule] = None
    if opened:
        opened.sort(key=lambda anomaly: (anomaly.deadline, anomaly.rule))
    changes = _changes(ledger, opened, current, cause) if opened or ledger.open else []
    after = _entered(ledger, changes, current) if changes else ledger
    if floor is None:
        return Settled(after, changes, deadline)
    earliest = floor if deadline is None else min(floor, deadline)
    return Settled(after, changes, earliest, deferral(floor, deadline, begun(track, plan, tables), track.details))


def _next(signals: tuple[Signal, ...], ledger: Ledger) -> Signal:
    """Of what has happened more than once: the occurrence that is open, else the first that never was. One that
    somebody has closed for itself makes way for the next, which they would not see otherwise."""
    still_open = [signal for signal in signals if (signal.rule, signal.since) in ledger.open]
    for signal in still_open:
        if not is_closed_for_somebody(ledger.anomalies[signal.rule, signal.since]):
            return signal
    fresh = [signal for signal in signals if (signal.rule, signal.since) not in ledger.anomalies]
    return (fresh or still_open or signals[-1:])[0]


def _current(
    ledger: Ledger,
    signal: Signal,
    applicable: Levels,
    start: datetime,
    now: datetime | None,
    opened: list[Anomaly],
    track: Track,
    cause: Cause,
    first: First | None,
) -> tuple[AnomalyKey | None, datetime | None]:
    """The key of the highest level that has fired, and the deadline of the first that has not; those due fire now.
    `first` is the first level of a stay: what puts it off puts off all others as much."""
    current: AnomalyKey | None = None
    mark = len(opened)
    for level in applicable:
        begun = signal.limit if level.by_limit and signal.limit else start
        deadline = level.deadline(begun)
        if first is not None:
            deadline += first.put_off
        key = (signal.rule, deadline)
        if key == current:
            continue  # a warning that is due in the moment in which the finding began
        held = ledger.anomalies.get(key)
        if held is None or _taken_back(held):
            if not level.at_once and (now is None or deadline > now):
                return current, deadline
            told = _opened(signal, level, deadline, track, cause)
            if held is not None:
                told = replace(told, turns=(*held.turns, *told.turns))
            if first is not None and first.about and level.number == 1:
                told = replace(told, about={**told.about, **first.about})
            if whole := level.counted_whole(begun):
                told = replace(told, about={**told.about, ALL_HOURS: whole})
            opened.append(told)
        else:
            del opened[mark:]  # a deadline that has fired, be it for another finding: nothing below it opens after it
            if held.state == "false_positive":
                return key, None  # nor any higher level of what is none
        current = key
    return current, None


def _taken_back(anomaly: Anomaly) -> bool:
    """Whether it was closed because what it found was no longer so, and by nobody's hand."""
    return anomaly.state in ("resolved", "moved") and not (anomaly.turns and anomaly.turns[-1].command_id)


def _opened(signal: Signal, level: Level, deadline: datetime, track: Track, cause: Cause) -> Anomaly:
    return Anomaly(
        rule=signal.rule,
        deadline=deadline,
        level=level.number,
        severity=level.severity,
        since=signal.since,
        receipts=signal.receipts,
        text=note(evidence(track, signal.receipts))[:MAX_DETAIL],
        limit=signal.limit,
        says=level.says or signal.says,
        about=signal.about or {},
        turns=(Turn(cause.at, "opened", cause.name),),
    )


def _closed(anomaly: Anomaly, why: Closed, cause: Cause) -> Anomaly:
    return replace(anomaly, state=why, turns=(*anomaly.turns, Turn(cause.at, why, cause.name)))


KEPT = (ALL_HOURS, *LEARNED)
"""In `about` of an anomaly: what was so when it opened."""


def _retold(ledger: Ledger, key: AnomalyKey, signal: Signal, track: Track) -> Ledger:
    """The ledger with what is now known of an anomaly that stays open: a receipt may move its limit."""
    held = ledger.anomalies[key]
    about = {**(signal.about or {}), **{name: held.about[name] for name in KEPT if name in held.about}}
    says = signal.says or held.says
    if (held.limit, held.receipts, held.says, held.about) == (signal.limit, signal.receipts, says, about):
        return ledger
    text = note(evidence(track, signal.receipts))[:MAX_DETAIL]
    told = replace(held, limit=signal.limit, receipts=signal.receipts, text=text, says=says, about=about)
    return Ledger(ledger.results, {**ledger.anomalies, key: told}, ledger.open)


def _changes(
    ledger: Ledger, opened: list[Anomaly], current: dict[str, AnomalyKey | None], cause: Cause
) -> list[Anomaly]:
    """First what is open and no longer current, then what opened, each level closed by the next one."""
    known = {**ledger.anomalies, **{(anomaly.rule, anomaly.deadline): anomaly for anomaly in opened}}
    over = [key for key in sorted(ledger.open) if current.get(key[0]) != key]
    changes = [_closed(known[key], _why(key, known, current), cause) for key in over]
    lower = {current[anomaly.rule]: anomaly for anomaly in changes if anomaly.state == "escalated"}
    for anomaly in opened:
        key = (anomaly.rule, anomaly.deadline)
        changes.append(inherited(anomaly, lower[key]) if key in lower else anomaly)
        if current[anomaly.rule] != key:
            changes.append(_closed(anomaly, "escalated", cause))
    return changes


def _entered(ledger: Ledger, changes: list[Anomaly], current: dict[str, AnomalyKey | None]) -> Ledger:
    anomalies = {**ledger.anomalies, **{(anomaly.rule, anomaly.deadline): anomaly for anomaly in changes}}
    still_open = frozenset(key for key in current.values() if key and anomalies[key].state == "open")
    return Ledger(ledger.results, anomalies, still_open)


def _why(key: AnomalyKey, anomalies: dict[AnomalyKey, Anomaly], current: dict[str, AnomalyKey | None]) -> Closed:
    rule = key[0]
    if rule not in current:
        return "resolved"
    now = current[rule]
    if current.get(FOLLOWED_BY.get(rule, "")):
        return "escalated"
    if now is not None and anomalies[now].since == anomalies[key].since and anomalies[now].level > anomalies[key].level:
        return "escalated"
    return "moved"


def merge_all(ledger: Ledger, cause: Cause) -> tuple[Ledger, list[Anomaly]]:
    """Close every open anomaly, because the number has become a pointer."""
    if not ledger.open:
        return ledger, []
    closed = [_closed(ledger.anomalies[key], "merged", cause) for key in sorted(ledger.open)]
    anomalies = {**ledger.anomalies, **{(a.rule, a.deadline): a for a in closed}}
    return Ledger(ledger.results, anomalies, frozenset()), closed


def without_merged(ledger: Ledger) -> Ledger:
    """As if what was closed because the number became a pointer had never opened: it is one no longer."""
    kept = {key: anomaly for key, anomaly in ledger.anomalies.items() if anomaly.state != "merged"}
    return Ledger(ledger.results, kept, ledger.open)
