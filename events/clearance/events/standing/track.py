"""Where a declaration stands, what is open beside it, what is odd: the sum of its receipts.

A `Track` is a function of the set of receipts alone: arriving in another order, it comes out the same. `fold.py` adds
receipts up, `advance.py` takes one.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from msgspec import Struct

from clearance.events.receipts.cap import Key
from clearance.events.standing.timeline import Taken
from clearance.events.tables.tables import Tables
from clearance.events.tables.transitions import CONDITIONAL, START
from clearance.events.values.goods import GoodsLine
from clearance.events.values.receipt import About

Order = tuple[datetime, int, str, str, bool]
"""The order of the fold: time, rank, receipt id, code, whether the time is not the authority's."""

NEVER = datetime(1, 1, 1, tzinfo=UTC)
AMENDING = frozenset({"amendment_requested", "withdrawal_requested"})
RELEASED = frozenset({CONDITIONAL, "released", "exited", "closed"})
BEFORE_RELEASE = frozenset({START, "draft", "submitted", "received", "manual_review", "reviewed"})


class Signal(Struct, frozen=True, gc=False):
    """Something a rule speaks of: since when, on what evidence (receipt ids). `says` tells which sentence of the rule
    fits, `about` what that names. `limit` is until when it is to be put right; `by_limit_only`: only what counts by
    the limit is still wrong."""

    rule: str
    since: datetime
    receipts: tuple[str, ...]
    says: str = ""
    about: dict[str, str] | None = None
    limit: datetime | None = None
    by_limit_only: bool = False


class Hold(Struct, frozen=True, gc=False):
    """An obligation beside the stage: inspection, tax, documents, suspension … `until` is None while it is open.
    `reference` tells several of one kind apart: for a request its sender's, for a debt that of the payment. `limit` is
    until when it is to be met, as the last receipt that states one says; `limit_in_doubt`: it cannot be meant.
    `latest_receipt_id` is the last receipt that spoke of it, "" if that is the first."""

    kind: str
    since: datetime
    receipt_id: str
    code: str
    alert: str
    until: datetime | None = None
    reference: str = ""
    limit: datetime | None = None
    limit_in_doubt: bool = False
    latest_receipt_id: str = ""

    @property
    def receipts(self) -> tuple[str, ...]:
        """The receipts that tell of it: the first and the last."""
        return (self.receipt_id, self.latest_receipt_id) if self.latest_receipt_id else (self.receipt_id,)

    @property
    def armed(self) -> datetime | None:
        """The limit by which warnings count."""
        return None if self.limit_in_doubt else self.limit


HoldKey = tuple[str, str, str]
"""Kind, reference, alert: what is open at most once."""


class Track(Struct, gc=False):
    """What the receipts up to `last` add up to. Mutable while it is being folded, never afterwards.

    `taken` are the receipts themselves, in the order of the fold; `suspects` those that came out of order and may have
    decided something, each with what A17 would say of it. `own` is the reference of the declaration's own
    message, `own_about` how that is known; `conversation` is the one of that message, where it is known.
    `named_before` are codes of parties that a later message replaced, each with its field in `details`.
    `answers` are the times at which users stated that a question was answered. `of_one`: whether all receipts are of
    one declaration.
    """

    stage: str = START
    status: str = START  # the headline; set when a fold is done
    since: datetime = NEVER
    cause: str = ""
    stage_signal: Signal | None = None
    mark_signal: Signal | None = None
    milestones: dict[str, datetime] = {}
    holds: dict[HoldKey, Hold] = {}
    ended: tuple[Hold, ...] = ()
    lasting: dict[str, tuple[Signal, ...]] = {}
    seen: frozenset[str] = frozenset()
    amended_by: frozenset[str] = frozenset()
    granted: frozenset[str] = frozenset()
    own: str = ""
    own_about: About = ""
    conversation: str = ""
    details: dict[str, str] = {}
    named_before: frozenset[tuple[str, str]] = frozenset()
    goods: tuple[GoodsLine, ...] = ()
    ids: frozenset[str] = frozenset()
    late: frozenset[Key] = frozenset()
    last: Order | None = None
    latest_received: datetime = NEVER
    sent_at: datetime | None = None
    answered_at: datetime = NEVER
    taken: tuple[Taken, ...] = ()
    suspects: tuple[tuple[Key, Signal], ...] = ()
    answers: tuple[datetime, ...] = ()
    of_one: bool = True


def kinds(track: Track) -> set[str]:
    """The kinds of what is open beside the stage."""
    return {hold.kind for hold in track.holds.values()}


def amending(track: Track) -> bool:
    """Whether customs may still change a released or closed declaration: an amendment is open, or was granted."""
    return track.stage in RELEASED and ("request_granted" in track.seen or not AMENDING.isdisjoint(kinds(track)))


def shown_stage(track: Track) -> str:
    """The stage as a canonical status: a conditional release is a release."""
    return "released" if track.stage == CONDITIONAL else track.stage


def outlives(kind: str, track: Track, tables: Tables) -> bool:
    """Whether this obligation or flag lasts beyond the stage: a release answers no question."""
    return kind in AMENDING or kind not in tables.codes.ended_by[shown_stage(track)]


def is_open(track: Track, tables: Tables) -> bool:
    """Whether anything is still to come: the stage is open, or an obligation is that outlives it."""
    if tables.codes.statuses[shown_stage(track)].open:
        return True
    return any(outlives(hold.kind, track, tables) for hold in obligations(track.holds.values(), tables))


def obligations(holds: Iterable[Hold], tables: Tables) -> list[Hold]:
    """Those that somebody must see to, without the flags."""
    statuses = tables.codes.statuses
    return [hold for hold in holds if statuses[hold.kind].kind == "obligation"]


def headline(track: Track, tables: Tables) -> str:
    """The one status to show: the stage, unless before release an open obligation says more about who must act."""
    if track.holds and track.stage in BEFORE_RELEASE:
        kind = urgent(track, tables)
        if kind and tables.codes.statuses[kind].precedence:
            return kind
    return shown_stage(track)


def urgent(track: Track, tables: Tables) -> str:
    """What is open beside the stage and matters most, "" if nothing does: by its precedence, then what has none and is
    for a user to do."""
    if not track.holds:
        return ""
    rows = [tables.codes.statuses[hold.kind] for hold in track.holds.values()]
    able = [(row.precedence or LEAST, row.rank, row.status) for row in rows if row.precedence or row.acts not in IDLE]
    return min(able)[2] if able else ""


LEAST = 99
IDLE = frozenset({"customs", "nobody"})
