"""What is wrong with a declaration now: small pure rules, each giving evidence. `tables/rules.csv` lists them all.

Rules on codes (A02, A06, A08 …) need no function: the code table names the rule that a code sets off, and the track
keeps the signal for as long as the stage or the obligation lasts. The functions here look at where it stands.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from clearance.events.anomalies.plan_rules import BY_PLAN
from clearance.events.standing import completion
from clearance.events.standing.limits import LATEST
from clearance.events.standing.statements import Plan, Stated
from clearance.events.standing.track import RELEASED, Hold, Signal, Track, shown_stage
from clearance.events.tables.authority import Authority
from clearance.events.tables.levels import Levels
from clearance.events.tables.tables import Tables

UNTIL_RELEASE = frozenset({"A09", "A30"})
"""Rules that end with the release, though what they speak of may last: tax under a guarantee is still due, and only its
limit counts then."""

SAID_BY = {"A05": "A09"}
"""Of two findings for one cause the second says why: goods are not released because their tax is unpaid."""

Rule = Callable[[Track, Authority, Tables], Signal | None]


def no_technical_ack(track: Track, authority: Authority, tables: Tables) -> Signal | None:
    """A01: a declaration was sent, and nothing has answered it since."""
    if track.sent_at is None or track.answered_at >= track.sent_at:
        return None
    return Signal("A01", track.sent_at, (track.cause,))


def stuck_submitted(track: Track, authority: Authority, tables: Tables) -> Signal | None:
    """A03: the single window has declared it, customs has not received it."""
    return None if no_technical_ack(track, authority, tables) else _standing("A03", track)


def stuck_received(track: Track, authority: Authority, tables: Tables) -> Signal | None:
    """A04: customs has received it and has not reviewed it."""
    return _standing("A04", track)


def stuck_reviewed(track: Track, authority: Authority, tables: Tables) -> Signal | None:
    """A05: reviewed and not released. Exports, and imports filed in advance, count from the arrival of the goods:
    before it no release can come."""
    return _standing("A05", track)


def released_not_closed(track: Track, authority: Authority, tables: Tables) -> Signal | None:
    """A13: released, and not closed: tax refund and foreign exchange wait."""
    return _standing("A13", track)


def completion_missing(track: Track, authority: Authority, tables: Tables) -> Signal | None:
    """A31: released in two steps, and not completed. Counts from day 0."""
    hold = completion.due(track)
    if hold is None:
        return None
    since = completion.day_0(track, hold, authority)
    return Signal(
        rule=completion.RULE,
        since=since,
        receipts=hold.receipts,
        says="assumed" if completion.is_assumed(track) else "",
        limit=completion.limit(track, hold, tables),
    )


def missing_intermediate(track: Track, authority: Authority, tables: Tables) -> Signal | None:
    """A18: released or closed although a step that comes before it was never seen."""
    missing = [stage for stage in authority.profile.before_release if stage not in track.milestones]
    if not missing:
        return None
    since = min(at for stage, at in track.milestones.items() if stage in RELEASED)
    return Signal("A18", since, (track.cause,), "", {"stage": shown_stage(track), "missing": " ".join(missing)})


def _standing(rule: str, track: Track) -> Signal:
    return Signal(rule, track.since, (track.cause,))


BY_STAGE: dict[str, tuple[Rule, ...]] = {
    "draft": (no_technical_ack,),
    "submitted": (no_technical_ack, stuck_submitted),
    "received": (stuck_received,),
    "reviewed": (stuck_reviewed,),
    "released_conditionally": (released_not_closed, missing_intermediate, completion_missing),
    "released": (released_not_closed, missing_intermediate),
    "exited": (missing_intermediate,),
    "closed": (missing_intermediate,),
}


def findings(track: Track, plans: tuple[Stated, ...], authority: Authority, tables: Tables) -> dict[str, Signal]:
    """Everything that is or may become wrong, by rule, without what lasts. Of two signals of one rule the one
    with the earlier limit counts, then the earlier; of two rules for one cause the one that names it."""
    signals: dict[str, Signal] = {}
    if track.stage_signal is not None:
        signals[track.stage_signal.rule] = track.stage_signal
    if track.mark_signal is not None:
        _earlier(signals, track.mark_signal)
    for hold in track.holds.values():
        if hold.alert and (signal := _of_hold(hold, track)) is not None:
            _earlier(signals, signal)
    for rule in BY_STAGE.get(track.stage, ()) if track.of_one else ():
        signal = rule(track, authority, tables)
        if signal is not None:
            signals.setdefault(signal.rule, signal)
    if plans and track.of_one:
        signals |= {found.rule: found for rule_of_plan in BY_PLAN if (found := rule_of_plan(track, plans, tables))}
    if len(signals) > 1:
        for rule_of_stage, cause in SAID_BY.items():
            if cause in signals:
                signals.pop(rule_of_stage, None)
    return signals


def _of_hold(hold: Hold, track: Track) -> Signal | None:
    late = hold.alert in UNTIL_RELEASE and track.stage in RELEASED
    if late and hold.armed is None:
        return None
    return Signal(
        rule=hold.alert,
        since=hold.since,
        receipts=hold.receipts,
        says=hold.kind,
        about={"reference": hold.reference} if hold.reference else None,
        limit=hold.armed,
        by_limit_only=late,
    )


def _earlier(signals: dict[str, Signal], signal: Signal) -> None:
    held = signals.get(signal.rule)
    if held is None or _urgency(signal) < _urgency(held):
        signals[signal.rule] = signal


def _urgency(signal: Signal) -> tuple[datetime, datetime, tuple[str, ...]]:
    return signal.limit or LATEST, signal.since, signal.receipts


def levels(
    signal: Signal, details: Mapping[str, str], plan: Plan, authority: str, tables: Tables
) -> tuple[Levels, datetime]:
    """The levels that apply to a finding about a declaration that tells these details, and the time from which those
    count that do not count by the limit; no levels: the rule is not for it."""
    for basis, applicable in tables.levels_of(signal.rule, authority, details):
        if basis == "limit":
            if signal.limit is not None:
                return _by_limit(signal, applicable), signal.since
            continue
        if signal.by_limit_only:
            break
        if basis == "since":
            return applicable, signal.since
        if basis == "cut_off":
            if plan.cut_off_at is not None:
                return applicable, plan.cut_off_at
            continue
        stated = plan.departure_at if basis == "departure" else plan.arrived_at
        if stated is not None:
            return applicable, max(signal.since, stated)
    return NO_LEVELS, signal.since


def _by_limit(signal: Signal, applicable: Levels) -> Levels:
    return Levels(level for level in applicable if level.by_limit) if signal.by_limit_only else applicable


NO_LEVELS = Levels()
