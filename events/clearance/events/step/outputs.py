"""What folding gives out: numbered events. A reader that applies each (declaration, epoch, seq) once is exact."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from clearance.events.anomalies.ledger import Anomaly
from clearance.events.learning.course import Course
from clearance.events.learning.judged import Judged
from clearance.events.log.inputs import Send
from clearance.events.receipts.facts import Claim, Fact, Statement
from clearance.events.receipts.related import Related
from clearance.events.standing.timeline import Entry
from clearance.events.step.declaration import Declaration

Outcome = Literal["applied", "duplicate", "ignored"]


class Changed(Struct, frozen=True, gc=False, tag="declaration.changed"):
    """What entered: facts, numbers, claims, organisations. `before` and `status` are canonical statuses; `course` is
    None where it is as it was; `judged` says of the stay that ended with it whether it was too long by what was
    learned; `related` is what was told of other declarations, where that has changed."""

    before: str
    status: str
    receipts: tuple[Fact, ...] = ()
    statements: tuple[Statement, ...] = ()
    numbers: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    organisations: tuple[str, ...] = ()
    course: Course | None = None
    judged: Judged | None = None
    related: Related | None = None


class Merged(Struct, frozen=True, gc=False, tag="declaration.merged"):
    """This alias belongs to a primary number from now on."""

    into: str


class AnomalyOpened(Struct, frozen=True, gc=False, tag="anomaly.opened"):
    """`evidence` are the lines of the timeline that it rests on, for whoever reads events only. `judged` is there if it
    says that a stay is too long by what was learned."""

    anomaly: Anomaly
    evidence: tuple[Entry, ...] = ()
    judged: Judged | None = None


class AnomalyClosed(Struct, frozen=True, gc=False, tag="anomaly.closed"):
    """`anomaly.state` says why: resolved, moved, escalated, acknowledged, merged or a false positive."""

    anomaly: Anomaly


class AnomalyHandled(Struct, frozen=True, gc=False, tag="anomaly.handled"):
    """Somebody has done something about an anomaly, which stays open for all others: its last turn says what."""

    anomaly: Anomaly


class CommandResult(Struct, frozen=True, gc=False, tag="command.result"):
    """What became of a command; `organisation` and `by` are those of its statement."""

    command_id: str
    outcome: Literal["accepted", "refused"]
    reason: str = ""
    organisation: str = ""
    by: str = ""


Data = Changed | Merged | AnomalyOpened | AnomalyClosed | AnomalyHandled | CommandResult


class Event(Struct, frozen=True, gc=False):
    """One thing that happened to one declaration. `src` is the position of the input that caused it, `cause` says
    which it was; `notify` is false for history; who has muted the rule is for whoever notifies to look at."""

    declaration: str
    epoch: int
    seq: int
    src: int
    at: datetime
    cause: str
    data: Data
    notify: bool = True


class Step(Struct, frozen=True, gc=False):
    """The result of folding one input into one declaration."""

    declaration: Declaration
    events: tuple[Event, ...] = ()
    sends: tuple[Send, ...] = ()
    outcome: Outcome = "applied"
