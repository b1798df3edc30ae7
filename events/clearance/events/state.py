"""The whole state of one declaration: facts, ledger, bookkeeping. Never changed, only replaced."""

from datetime import datetime
from hashlib import sha256
from typing import Literal

from msgspec import Struct, field

from clearance.events.durations import Severity
from clearance.events.facts import EMPTY, Facts
from clearance.events.track import Track

AnomalyState = Literal["open", "resolved", "moved", "escalated", "acknowledged", "merged"]
AnomalyKey = tuple[str, datetime]


class Anomaly(Struct, frozen=True, gc=False):
    """Something wrong. Its id is (declaration, rule, deadline); it was opened at the deadline and opens only once."""

    rule: str
    deadline: datetime
    level: int
    severity: Severity
    since: datetime
    receipts: tuple[str, ...]
    text: str
    state: AnomalyState = "open"
    acknowledged_by: str = ""


def anomaly_id(declaration: str, rule: str, deadline: datetime) -> str:
    """One word for (declaration, rule, deadline), 24 hex digits, to name an anomaly by in an address."""
    return sha256(f"{declaration} {rule} {deadline.isoformat()}".encode()).hexdigest()[:24]


class Result(Struct, frozen=True, gc=False):
    """What became of a command. `forwarded` sent it on to the primary number."""

    outcome: Literal["accepted", "refused", "forwarded"]
    reason: str = ""


class Ledger(Struct, frozen=True, gc=False):
    """What happened, in log order. It never moves to another number."""

    results: dict[str, Result] = {}
    anomalies: dict[AnomalyKey, Anomaly] = {}
    open: frozenset[AnomalyKey] = frozenset()


class Declaration(Struct, frozen=True, gc=False):
    """State of one number. `src` is the position of the last input that changed it, `seq` the last event's number.

    `track` is derived from `facts` and never stored. `deadline` is the next one to come, computed with `tables`.
    """

    id: str
    facts: Facts = EMPTY
    ledger: Ledger = Ledger()
    track: Track = field(default_factory=Track)
    merged_into: str = ""
    deadline: datetime | None = None
    tables: str = ""
    backfill: str = ""
    src: int = -1
    seq: int = 0
    epoch: int = 0

    @property
    def authority(self) -> str:
        return self.id.partition(":")[0]

    @property
    def number(self) -> str:
        """Its own number, `kind:value`."""
        return self.id.partition(":")[2]
