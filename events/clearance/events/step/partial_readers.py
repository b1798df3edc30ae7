"""Partial readers: of a status record or an event just what one reader needs, so that the rest is not decoded.

The whole is `StatusRecord` in `state_records.py` and `Event` in `outputs.py`. Every field here is one of theirs, by the
same name and of the same type (`tests/events/test_partial_readers.py`): who changes the record sees here who reads it.
"""

from datetime import datetime

from msgspec import Struct

from clearance.events.anomalies.ledger import Anomaly
from clearance.events.receipts.facts import Statement
from clearance.events.receipts.related import Related
from clearance.events.standing.statements import Plan
from clearance.events.standing.timeline import Entry
from clearance.events.standing.track import Hold
from clearance.events.standing.view import View


class IndexedData(Struct, frozen=True, gc=False):
    """Of the `data` of an event: its type and, if it is the result of a command, of which."""

    type: str
    command_id: str | None = None


class IndexedEvent(Struct, frozen=True):
    """Of an event: what the store searches by."""

    declaration: str
    epoch: int
    seq: int
    at: datetime
    data: IndexedData


class IndexedView(Struct, frozen=True):
    """Of a view: what the store searches by."""

    status: str
    group: str
    open: bool
    since: datetime | None
    organisations: tuple[str, ...]
    parties: dict[str, dict[str, str]]
    details: dict[str, str]
    stage_times: dict[str, datetime]
    granted: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()
    named_before: dict[str, tuple[str, ...]] = {}

    def detail(self, name: str) -> str:
        return self.details.get(name, "")


class IndexedStatus(Struct, frozen=True):
    """Of a status record: what the store searches by."""

    declaration: str
    epoch: int
    src: int
    seq: int
    merged_into: str
    numbers: tuple[str, ...]
    anomalies: tuple[Anomaly, ...]
    view: IndexedView


class GrantedView(Struct, frozen=True):
    """Of a view: which organisations the operator lets see it."""

    granted: tuple[str, ...] = ()


class GrantedStatus(Struct, frozen=True):
    """Of a status record: the same."""

    view: GrantedView


class TimelineView(Struct, frozen=True):
    """Of a view: its timeline."""

    timeline: tuple[Entry, ...]


class TimelineStatus(Struct, frozen=True):
    """Of a status record: the lines that its anomalies rest on."""

    view: TimelineView


class ShownStatus(Struct, frozen=True):
    """Of a status record: what the API shows of one declaration."""

    tables: str
    view: View
    anomalies: tuple[Anomaly, ...]
    related: Related | None = None


class StandingView(Struct, frozen=True):
    """Of a view: what its silence is made of."""

    stage: str
    since: datetime | None
    open: bool
    flags: tuple[str, ...]
    holds: tuple[Hold, ...]
    details: dict[str, str]
    transport_plan: Plan


class DueStatus(Struct, frozen=True):
    """Of a status record: when its next deadline fires, where it stands, and which others it names."""

    deadline: datetime | None
    view: StandingView
    related: Related | None = None


class RelatedStatus(Struct, frozen=True):
    """Of a status record: which other declarations it names."""

    related: Related | None = None


class ListedEntry(Struct, frozen=True):
    """Of an entry of the timeline: what a list shows."""

    format: str


class ListedView(StandingView, frozen=True):
    """Of a view: what a list shows."""

    acts: str
    numbers: dict[str, tuple[str, ...]]
    timeline: tuple[ListedEntry, ...]


class ListedStatus(Struct, frozen=True):
    """Of a status record: what a list of the API shows."""

    view: ListedView
    anomalies: tuple[Anomaly, ...]


class StatedStatus(Struct, frozen=True):
    """Of a status record: the statements that were accepted."""

    statements: tuple[Statement, ...]


class NoticedStatus(Struct, frozen=True):
    """Of a status record: what a notice tells of an anomaly, and who does not want one."""

    numbers: tuple[str, ...]
    view: TimelineView
    anomalies: tuple[Anomaly, ...]
    statements: tuple[Statement, ...]
