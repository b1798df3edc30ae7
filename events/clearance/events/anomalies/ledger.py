"""What happened to a declaration in log order: anomalies and their states, results of commands. Never changed, only
replaced."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Literal

from msgspec import Struct

from clearance.events.tables.durations import Severity

Closed = Literal["resolved", "moved", "escalated", "acknowledged", "merged", "false_positive"]
AnomalyState = Literal["open", Closed]
What = Literal["opened", "assigned", Closed]
AnomalyKey = tuple[str, datetime]


ALL_HOURS = "all_hours"
"""In `about` of an anomaly: the years of which all hours were counted, for want of a calendar."""


COHORT, SIZE, TABLE, PERCENTILE = LEARNED = ("cohort", "size", "table", "percentile")
"""In `about` of an anomaly that was judged by what was learned: of which stays, of how many, the version of the table,
and which share of them, in percent, had ended by its deadline."""
NAMELESS = "-"
"""An attribute of a cohort that is not known."""


class Cause(Struct, frozen=True, gc=False):
    """The input from which something follows: its time, and the id of its message or command, else its kind."""

    at: datetime
    name: str


class Turn(Struct, frozen=True, gc=False, omit_defaults=True):
    """One step in the life of an anomaly: `at` is the time of the input that `cause` names. Of a step by hand the rest
    tells whose it is; `closes` whether the anomaly ended with it, for that organisation, or for all by the
    operator ("")."""

    at: datetime
    what: What
    cause: str
    command_id: str = ""
    organisation: str = ""
    by: str = ""
    note: str = ""
    assignee: str = ""
    closes: bool = False


class Anomaly(Struct, frozen=True, gc=False):
    """Something wrong. Its id is (declaration, rule, deadline); it was opened at the deadline and opens only once.
    `says` tells which sentence of the rule fits, `about` what that names (`words.py` makes it); `text` is what the
    authority wrote, its first 255 characters, the whole being on the timeline. `limit` is until when it is to be put
    right, by the last receipt while it was open; None where none is set. `turns` is its history, in log order;
    `acknowledged_by` the last command by which the operator took note."""

    rule: str
    deadline: datetime
    level: int
    severity: Severity
    since: datetime
    receipts: tuple[str, ...]
    text: str
    state: AnomalyState = "open"
    acknowledged_by: str = ""
    limit: datetime | None = None
    says: str = ""
    about: dict[str, str] = {}
    turns: tuple[Turn, ...] = ()


def urgency(limit: datetime | None, deadline: datetime) -> tuple[datetime, datetime]:
    """By what anomalies are listed: the earliest limit first, those without one last, by their deadlines."""
    return limit or NEVER, deadline


NEVER = datetime(9999, 12, 31, tzinfo=UTC)


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
