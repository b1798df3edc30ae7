"""The values of `declaration-events`: numbered changes. Readers apply each (declaration, epoch, seq) once."""

from typing import Annotated, Literal

from pydantic import Field

from clearance.contracts.models.base import Count, DeclarationId, Number, Rule, StatusName, UtcTime, Wire
from clearance.contracts.models.expectations import Name
from clearance.contracts.models.facts import Claim, Fact, Related, Statement
from clearance.contracts.models.view import Entry


class Turn(Wire):
    """One step in the life of an anomaly: of time and facts, or by hand."""

    at: UtcTime
    """The time of the input that caused it."""
    what: Literal["opened", "assigned", "acknowledged", "resolved", "false_positive", "moved", "escalated", "merged"]
    """What happened to it."""
    cause: Annotated[str, Field(min_length=1)]
    """That input: a message id, a command id, or clock, link, facts, backfill-end."""
    command_id: str = ""
    """The command, of a step by hand; else empty."""
    organisation: str = ""
    """Of a step by hand whose word it is; empty for the operator's."""
    by: str = ""
    """Of a step by hand the name of the key or the person."""
    note: str = ""
    """What was noted with it."""
    assignee: str = ""
    """Who sees to it from now on; empty for nobody."""
    closes: bool = False
    """Whether a step by hand closed it: for its organisation, or for all by the operator."""


class Anomaly(Wire):
    """Something wrong with a declaration. Its id is (declaration, rule, deadline); it opens only once."""

    rule: Rule
    """The rule that found it, a row of `rules.csv`."""
    deadline: UtcTime
    """The moment at which it became an anomaly; the same as the time of opening."""
    level: Annotated[int, Field(ge=1)]
    """1 for the first deadline of the rule, higher for each later one."""
    severity: Literal["info", "medium", "high", "critical"]
    """How much it matters."""
    since: UtcTime
    """Since when the finding holds; the deadline counts from here or from a stated transport time."""
    receipts: tuple[str, ...]
    """Ids of the receipts that are the evidence."""
    text: str
    """What the authority wrote, its first 255 characters; empty if nothing. Without `says`, the finding in words."""
    state: Literal["open", "resolved", "moved", "escalated", "acknowledged", "merged", "false_positive"]
    """Open, or why it was closed."""
    acknowledged_by: str
    """Id of the last command by which the operator acknowledged it; empty if none did."""
    limit: UtcTime | None = None
    """Until when it is to be put right, by the last receipt while it was open; null where nobody has set a limit."""
    says: str = ""
    """Which sentence of the rule fits; empty for the usual one."""
    about: dict[str, str] = Field(default={})
    """What the sentence names: codes, statuses, numbers."""
    turns: tuple[Turn, ...] = ()
    """Its history, in the order of the log; empty in what earlier versions wrote."""


class Obligation(Wire):
    """What was to be done beside the stage."""

    kind: StatusName
    """Which: a canonical status."""
    since: UtcTime
    """From when."""
    until: UtcTime | None = None
    """Until when; null while it still is."""


class Course(Wire):
    """How a declaration has come to where it stands, and what tells it apart from others."""

    stage: str
    """The stage that it stands at: a canonical status, or released_conditionally, while a tax is still due."""
    since: UtcTime
    """Since when."""
    stage_times: dict[str, UtcTime]
    """When it first came to each stage."""
    open: bool
    """Whether anything is still to come."""
    office: str = ""
    """The customs office, its first 24 characters; empty if not known."""
    direction: str = ""
    """import or export; empty if not known."""
    transport_mode: str = ""
    """The mode of transport, its first 24 characters; empty if not known."""
    chapters: tuple[str, ...] = ()
    """The first two digits of the HS codes of its goods, sorted, eight at most."""
    broker: str = ""
    """The code of the firm that declares for the trader, its first 24 characters; empty if not known."""
    trader: str = ""
    """The code of the firm that sends or gets the goods, its first 24 characters; empty if not known."""
    format: str = ""
    """The format of the first receipt."""
    arrived_at: UtcTime | None = None
    """When the goods arrived, by the transport plan in force; null if that is not known."""
    obligations: tuple[Obligation, ...] = ()
    """What was or is to be done beside its stages, the most urgent first, twenty at most."""


class Judged(Wire):
    """A stay was judged by what was learned."""

    cohort: Annotated[tuple[Name, ...], Field(min_length=6, max_length=6)]
    """The cohort that answered for it: status, authority, office, direction, mode of transport, hour class."""
    overdue: bool
    """Whether it was called too long."""


class Changed(Wire):
    """Facts or numbers came."""

    type: Literal["declaration.changed"]
    """Names this kind of event."""
    before: StatusName
    """The canonical status before."""
    status: StatusName
    """The canonical status after; equal to `before` if the headline did not change."""
    receipts: tuple[Fact, ...]
    """Facts that were added, or whose kept copy changed."""
    statements: tuple[Statement, ...]
    """User statements that were added."""
    numbers: tuple[Number, ...]
    """Numbers that were added, sorted."""
    claims: tuple[Claim, ...]
    """Claims that were added: an alias is named by more than one primary number."""
    organisations: tuple[str, ...]
    """Organisations that were added."""
    course: Course | None = None
    """What its stays follow from; null where that is as it was, and in what earlier versions wrote."""
    judged: Judged | None = None
    """Of the stay that ended with it: whether it was too long by what was learned; null where the configured time
    counts, and where an anomaly has said so already."""
    related: Related | None = None
    """What was told of other declarations of the same goods; null where that is as it was."""


class Merged(Wire):
    """This number is an alias and belongs to a primary number from now on."""

    type: Literal["declaration.merged"]
    """Names this kind of event."""
    into: DeclarationId
    """The declaration to follow instead."""


class AnomalyOpened(Wire):
    """A rule found something wrong, or a higher level of it was reached."""

    type: Literal["anomaly.opened"]
    """Names this kind of event."""
    anomaly: Anomaly
    """What was found."""
    evidence: tuple[Entry, ...] = ()
    """The lines of the timeline that it rests on, with what somebody must act on."""
    judged: Judged | None = None
    """That a stay is too long by what was learned; null of anything else, and of one that is found anew."""


class AnomalyClosed(Wire):
    """An open anomaly ended."""

    type: Literal["anomaly.closed"]
    """Names this kind of event."""
    anomaly: Anomaly
    """What was found; its `state` says why it was closed."""


class AnomalyHandled(Wire):
    """Somebody has done something about an open anomaly, which stays open for all others."""

    type: Literal["anomaly.handled"]
    """Names this kind of event."""
    anomaly: Anomaly
    """As it is now; its last turn says what was done."""


class CommandResult(Wire):
    """What became of a command."""

    type: Literal["command.result"]
    """Names this kind of event."""
    command_id: str
    """The id that the sender chose."""
    outcome: Literal["accepted", "refused"]
    """Whether it took effect."""
    reason: str
    """Why it was refused; empty if it was accepted."""
    organisation: str = ""
    """Id of the organisation whose command it was; empty for the operator's."""
    by: str = ""
    """Name of the key or the person that gave it; empty if it is not known."""


class TimePassed(Wire):
    """Five minutes have come in the stream time of a partition: all events before it belong to the time before."""

    epoch: Count
    """Which fold of history told it."""
    src: Count
    """Offset in `declaration-inputs`, same partition, of the clock that told it. Copies have the same."""
    at: UtcTime
    """The time of that clock."""
    hour: UtcTime
    """The last full hour at that time."""
    mark: UtcTime | None = None
    """The last five minutes at that time, full; null in what earlier versions wrote, which told hours only."""


class DeclarationEvent(Wire):
    """One thing that happened to one declaration. The CloudEvents attributes are headers of the record."""

    declaration: DeclarationId
    """Which declaration; the key of the record."""
    epoch: Count
    """Which fold of history numbered it; a rebuild starts a higher one."""
    seq: Annotated[int, Field(ge=1)]
    """Counts the events of this declaration within the epoch, without holes."""
    src: Count
    """Offset in `declaration-inputs`, same partition, of the input that caused it."""
    at: UtcTime
    """The time of that input, never the time of processing."""
    cause: Annotated[str, Field(min_length=1)]
    """That input: a message id, a command id, or clock, link, facts, backfill-end."""
    data: Annotated[
        Changed | Merged | AnomalyOpened | AnomalyClosed | AnomalyHandled | CommandResult,
        Field(discriminator="type"),
    ]
    """What happened; its shape follows from `type`."""
    notify: bool
    """False for loaded history: nobody is to be told. Who has muted a rule is for whoever notifies to look at."""
