"""Where a declaration stands, what is open beside it, what is odd: the sum of its receipts.

A `Track` is a function of the set of receipts alone: arriving in another order, it comes out the same. `fold.py` adds
receipts up, `advance.py` takes one.
"""

from datetime import UTC, datetime

from msgspec import Struct

from clearance.events.receipts.facts import Fact, Key
from clearance.events.standing.timeline import Entry
from clearance.events.tables.tables import Tables
from clearance.events.tables.transitions import CONDITIONAL, START

Order = tuple[datetime, int, str, str, bool]
"""The order of the fold: time, rank, receipt id, code, whether the time is that of reception."""

Taken = tuple[Fact, Entry]
"""A fact and its line of the timeline."""

NEVER = datetime(1, 1, 1, tzinfo=UTC)
AMENDING = frozenset({"amendment_requested", "withdrawal_requested"})
RELEASED = frozenset({CONDITIONAL, "released", "exited", "closed"})
BEFORE_RELEASE = frozenset({START, "draft", "submitted", "received", "manual_review", "reviewed"})


class Signal(Struct, frozen=True, gc=False):
    """Something a rule speaks of: since when, on what evidence (receipt ids), in words."""

    rule: str
    since: datetime
    receipts: tuple[str, ...]
    text: str


class Hold(Struct, frozen=True, gc=False):
    """An obligation beside the stage: inspection, tax, documents, suspension … `until` is None while it is open."""

    kind: str
    since: datetime
    receipt_id: str
    code: str
    alert: str
    until: datetime | None = None


class Track(Struct, gc=False):
    """What the receipts up to `last` add up to. Mutable while it is being folded, never afterwards.

    `taken` are the receipts themselves, in the order of the fold.
    """

    stage: str = START
    status: str = START  # the headline; set when a fold is done
    since: datetime = NEVER
    cause: str = ""
    stage_signal: Signal | None = None
    mark_signal: Signal | None = None
    milestones: dict[str, datetime] = {}
    holds: dict[str, Hold] = {}
    ended: tuple[Hold, ...] = ()
    lasting: dict[str, tuple[Signal, ...]] = {}
    seen: frozenset[str] = frozenset()
    details: dict[str, str] = {}
    ids: frozenset[str] = frozenset()
    late: frozenset[Key] = frozenset()
    last: Order | None = None
    latest_received: datetime = NEVER
    sent_at: datetime | None = None
    answered_at: datetime = NEVER
    taken: tuple[Taken, ...] = ()


def amending(track: Track) -> bool:
    """Whether customs may still change a released or closed declaration: an amendment is open, or was granted."""
    return track.stage in RELEASED and (bool(AMENDING & track.holds.keys()) or "request_granted" in track.seen)


def shown_stage(track: Track) -> str:
    """The stage as a canonical status: a conditional release is a release."""
    return "released" if track.stage == CONDITIONAL else track.stage


def is_open(track: Track, tables: Tables) -> bool:
    """Whether anything is still to come: the stage is open, or an amendment is."""
    return tables.codes.statuses[shown_stage(track)].open or bool(AMENDING & track.holds.keys())


def headline(track: Track, tables: Tables) -> str:
    """The one status to show: the stage, unless before release an open obligation says more about who must act."""
    if track.holds and track.stage in BEFORE_RELEASE and (kind := urgent(track, tables)):
        return kind
    return shown_stage(track)


def urgent(track: Track, tables: Tables) -> str:
    """The open obligation that matters most; "" if none does."""
    statuses = tables.codes.statuses
    open_ones = [(statuses[kind].precedence, kind) for kind in track.holds if statuses[kind].precedence]
    return min(open_ones)[1] if open_ones else ""
