"""What the queries of the store are asked with and answer: frozen structs, one field a column."""

from datetime import datetime
from typing import Literal, NamedTuple

from msgspec import Struct

from clearance.events.anomalies.ledger import AnomalyState, Turn
from clearance.events.standing.timeline import Entry


class Folded(Struct, frozen=True):
    """How far the tracker has folded one partition, by the last of its progress that the store has applied, which it
    did at `applied_at`.

    `parked_since` is None while it is folded. `position` is the offset of the last input that is folded, -1 before the
    first."""

    partition: int
    stream_time: datetime | None
    wall_time: datetime
    applied_at: datetime
    parked_since: datetime | None = None
    position: int = -1


class Stored(Struct, frozen=True):
    """One declaration; `record` is the value of its status record, `applied_at` when we took it in. `seq` events have
    been told of it. `merged_into` is what a pointer leads to, "" for all others."""

    id: str
    partition: int
    epoch: int
    src: int
    authority: str
    status: str
    group: str
    open: bool
    direction: str
    office: str
    transport_mode: str
    since: datetime | None
    applied_at: datetime
    record: bytes
    seq: int
    merged_into: str


class Shared(Struct, frozen=True):
    """One incident for many declarations. `group` is what they share, attributes with their values; `into` names the
    incident that goes on with it, "" for all others; `size` is how many members it ever had."""

    id: str
    authority: str
    kind: Literal["stuck", "rejected"]
    group: tuple[tuple[str, str], ...]
    since: datetime
    failing_since: datetime
    opened_at: datetime
    closed_at: datetime | None
    into: str
    lift: float
    size: int


class Finding(Struct, frozen=True):
    """One anomaly. `opened_at` is its deadline; `receipts` are the ids of the receipts that are the evidence, `lines`
    theirs on the timeline. `limit` is until when it is to be put right; of `says` and `about` its words are made.
    `state` is how it stands for all, `turns` are its history and `acknowledged_by` the operator's last command; how it
    stands for a viewer, and what that is told, says `anomalies/handling.py` of `events/`. `applied_at` is when we took
    its last change in."""

    id: str
    declaration: str
    rule: str
    severity: str
    level: int
    state: AnomalyState
    opened_at: datetime
    since: datetime
    limit: datetime | None
    says: str
    about: dict[str, str]
    receipts: tuple[str, ...]
    lines: tuple[Entry, ...]
    acknowledged_by: str
    turns: tuple[Turn, ...]
    applied_at: datetime

    @property
    def changed(self) -> "Place":
        return Place(self.applied_at, self.id)

    @property
    def place(self) -> "FindingPlace":
        return FindingPlace(self.limit, self.opened_at, self.id)


class Filed(Struct, frozen=True):
    """The first copy of a message as it is filed under a declaration, and where it lies in the inputs of the epoch.

    `size` is in bytes, `organisation` through whose connection it came. `shared`: it speaks of other declarations too.
    """

    declaration: str
    message_id: str
    partition: int
    offset: int
    format: str
    size: int
    received_at: datetime
    organisation: str
    shared: bool


class Happened(Struct, frozen=True):
    """An event of a declaration, and where it lies in its partition; `value` as it was written."""

    declaration: str
    seq: int
    offset: int
    value: bytes


class Outcome(Struct, frozen=True):
    """What became of a command, and at which declaration; `at` is when it was given, `organisation` whose it is."""

    command_id: str
    declaration: str
    outcome: str
    reason: str
    at: datetime
    organisation: str = ""


class Place(NamedTuple):
    """Where a row stands in a list: the time by which the list is ordered, then the id."""

    at: datetime
    id: str


class WantedIncidents(NamedTuple):
    """Which incidents are wanted: `is_open` None for all; with a declaration those of which it is or was a member."""

    is_open: bool | None = None
    member: str = ""


class FindingPlace(NamedTuple):
    """Where an anomaly stands in a list: those with the earliest limit first, then those without, opened last first."""

    limit: datetime | None
    at: datetime
    id: str


class Meant(NamedTuple):
    """What a number may be meant as; `authority` and `kind` are "" for any."""

    authority: str
    kind: str
    value: str


class WantedDeclarations(Struct, frozen=True):
    """Which declarations a list shows; what is None leaves nothing out. Pointers are never shown.
    `numbers` are written `authority:kind:value`: those that carry one of them."""

    statuses: tuple[str, ...] | None = None
    office: str | None = None
    direction: str | None = None
    open: bool | None = None
    updated_since: datetime | None = None
    numbers: tuple[str, ...] | None = None


class WantedAnomalies(Struct, frozen=True):
    """Which anomalies a list shows; what is empty or None leaves nothing out."""

    states: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    office: str | None = None
    direction: str | None = None
    opened_since: datetime | None = None
    updated_since: datetime | None = None
    declaration: str | None = None
    acknowledged: bool | None = None
    assignee: str | None = None


class Times(Struct, frozen=True):
    """How long one span of clearance took, for one group: the values of its dimensions, in the order asked for.

    `n` have ended: `mean`, `median` and `p90` are of these [s], None without any. `open` are still running, the median
    of them since `open_since`. `left_out` began and will not end, or are dated to end before they began.
    """

    span: str
    group: tuple[str, ...]
    n: int
    mean: float | None
    median: float | None
    p90: float | None
    open: int
    open_since: datetime | None
    left_out: int
