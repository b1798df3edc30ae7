"""The fold over the receipts of one declaration, in the authority's order of time.

Equal times are ordered by the rank of what the code says (`status.csv`), since second-resolution clocks cannot order a
release and a closure. A receipt that comes last in every order is added without folding the others again.
"""

from collections.abc import Iterable
from copy import copy
from datetime import datetime

from clearance.contracts.codes import UNKNOWN_RANK, Meaning
from clearance.events.receipts.facts import Fact, Key, key_of
from clearance.events.standing.advance import advance
from clearance.events.standing.signs import own_of, stronger
from clearance.events.standing.timeline import entry_of
from clearance.events.standing.track import Order, Taken, Track, headline
from clearance.events.tables.tables import Tables

Meanings = tuple[Meaning, ...]


def order_of(fact: Fact, meanings: Meanings) -> Order:
    """The order of the fold: time, rank, receipt id, code, and a time of the authority before any other."""
    receipt = fact.receipt
    rank = meanings[-1].rank if meanings else UNKNOWN_RANK
    return fact.at, rank, receipt.receipt_id, receipt.code, receipt.occurred_at is None


def fold(facts: Iterable[Fact], tables: Tables) -> Track:
    """All receipts, in any order → the track."""
    ordered = _ordered(facts, tables)
    own, about = own_of(fact.receipt for _, fact, _ in ordered)
    track = Track(late=late_keys([fact for _, fact, _ in ordered]), own=own, own_about=about)
    track.taken = tuple(_taken(track, fact, order, meanings, tables) for order, fact, meanings in ordered)
    track.status = headline(track, tables)
    return track


def _ordered(facts: Iterable[Fact], tables: Tables) -> list[tuple[Order, Fact, Meanings]]:
    looked_up = [(fact, tables.meaning(*fact.receipt.says)) for fact in facts]
    keyed = [(order_of(fact, meanings), fact, meanings) for fact, meanings in looked_up]
    keyed.sort(key=lambda row: row[0])
    return keyed


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


def continued(track: Track, fact: Fact, tables: Tables) -> Track | None:
    """The track after one more fact, if that fact comes last in every order; None if all must be folded again."""
    meanings = tables.meaning(*fact.receipt.says)
    order = order_of(fact, meanings)
    if (track.last is not None and order <= track.last) or fact.received_at < track.latest_received:
        return None
    own, about = stronger((track.own, track.own_about), fact.receipt)
    if own != track.own and track.taken:
        return None
    after = copy(track)
    after.own, after.own_about = own, about
    after.taken = (*track.taken, _taken(after, fact, order, meanings, tables))
    after.status = headline(after, tables)
    return after


def _taken(track: Track, fact: Fact, order: Order, meanings: Meanings, tables: Tables) -> Taken:
    meaning, effect = advance(track, fact, order, meanings, tables)
    return fact, entry_of(fact, meaning, effect, bool(track.late) and key_of(fact.receipt) in track.late)
