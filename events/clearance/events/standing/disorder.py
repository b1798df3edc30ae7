"""Receipts out of order: which are late, and which of them could have decided anything.

A receipt that comes late is an anomaly (A17) only if without it the rest would come to another outcome; else it is a
mark on the timeline. Folding the rest answers that, and only for a receipt that changed the course when it was taken.
Source: HMRC service guide: notifications may arrive in another order than they were issued.
"""

from datetime import datetime

from clearance.events.receipts.cap import Key
from clearance.events.receipts.facts import Fact, key_of
from clearance.events.standing.track import Hold, HoldKey, Track, obligations
from clearance.events.tables.tables import Tables

Course = tuple[object, ...]
"""What later receipts build on."""
Obligation = tuple[HoldKey, datetime, datetime | None]
"""What is open or was, since and until when."""
Outcome = tuple[str, dict[str, datetime], frozenset[Obligation]]
"""Stage, milestones, obligations."""


def late_keys(ordered: list[Fact]) -> frozenset[Key]:
    """Facts that were received after one with a later authority time had been. Equal times are never late, nor is a
    receipt without a time."""
    late: set[Key] = set()
    earliest: datetime | None = None  # the earliest reception among facts with a strictly later time
    pending: datetime | None = None  # the same among facts of equal time
    at: datetime | None = None
    for fact in reversed([fact for fact in ordered if fact.receipt.occurred_at]):
        if fact.at != at:
            earliest = _min(earliest, pending)
            pending, at = None, fact.at
        if earliest is not None and fact.received_at > earliest:
            late.add(key_of(fact.receipt))
        pending = _min(pending, fact.received_at)
    return frozenset(late)


def _min(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((time for time in (one, other) if time is not None), default=None)


def course(track: Track) -> Course:
    """What a receipt must change to have any say in the outcome."""
    return track.stage, track.milestones, track.holds, track.ended, track.seen, track.amended_by, track.granted


def may_decide(track: Track, fact: Fact, before: Course) -> bool:
    """Whether a receipt just taken has any say: it changed the course, or may have told the declaration's own
    reference or conversation. `before` is the course before it."""
    reference, conversation = fact.receipt.reference, fact.conversation
    told = (reference and reference == track.own) or (conversation and conversation == track.conversation)
    return bool(told) or course(track) != before


def outcome(track: Track, tables: Tables) -> Outcome:
    """What leaving a receipt out is measured by."""
    holds = obligations((*track.holds.values(), *track.ended), tables)
    return track.stage, track.milestones, frozenset(_obligation(hold) for hold in holds)


def _obligation(hold: Hold) -> Obligation:
    return (hold.kind, hold.reference, hold.alert), hold.since, hold.until
