"""The shapes of the answers. Every field is always there; what is not known is null, empty or an empty list.

Codes come with words (`Coded`) in the language asked for. Times are RFC 3339 UTC, durations seconds.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from clearance.api.invalid_values import unfit
from clearance.api.parameters import EXAMPLES, LONGEST_MARK, LONGEST_NUMBER, Instant, NumberInBody
from clearance.api.particulars import Particulars
from clearance.api.problems import ProblemBody
from clearance.events.standing.statements import LONGEST_NOTE

MOST_IN_BATCH, LONGEST_TOKEN = 1000, 12_000
"""Numbers, and characters of what is said of so many."""


class Answer(BaseModel):
    """One JSON object."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class Coded(Answer):
    """A code and what it means."""

    code: str
    """The code; does not depend on the language."""
    words: str
    """What it means, in the language asked for."""


class NumberOf(Answer):
    """One number that the declaration carries."""

    kind: Coded
    """Which kind of number."""
    value: str
    """The number."""


class Hold(Answer):
    """An obligation: inspection, tax, documents, suspension."""

    kind: Coded
    """Which it is."""
    began_at: datetime
    """When it began."""
    ended_at: datetime | None
    """When it ended; null until then."""
    code: str
    """The authority's code that opened it."""
    receipt_id: str
    """The receipt that opened it."""
    limit: datetime | None
    """Until when it is to be met; null where that is not known, and once it has ended."""
    limit_in_doubt: bool
    """Whether the limit cannot be meant: beyond 2099, or before the receipt that states it. No warning counts by it."""
    reference: str
    """What tells several of one kind apart: for a request its sender's reference, for a debt that of the payment."""


class GoodsLine(Answer):
    """One item of a declaration: strings as they stand in the message, empty where it says nothing.

    Quantities and amounts are strings since JSON numbers are read as binary fractions: a decimal kept as written adds
    up to the total that customs has, and its trailing zeros tell how exact it was meant."""

    item: str
    """Its number within the declaration."""
    hs_code: str
    """Code of the goods, by the tariff."""
    name: str
    """Name of the goods."""
    quantity: str
    """How much, decimal, in `unit`."""
    unit: str
    """Code of the unit."""
    value: str
    """Total of the line, decimal, in `currency`."""
    currency: str
    """Code of the currency."""
    origin: str
    """Code of the country of origin."""
    destination: str
    """Code of the country of destination."""


class StageTime(Answer):
    """When the declaration first came to a stage."""

    stage: Coded
    """The stage."""
    at: datetime
    """By the authority's time."""


class TransportPlan(Answer):
    """What was stated last; see `PUT …/transport-plan`."""

    cut_off_at: datetime | None
    """Until when the goods must be released to go with this vessel."""
    arrived_at: datetime | None
    """When the goods arrived."""
    departure_at: datetime | None
    """When the vessel leaves."""
    vessel: str
    """Its name."""
    voyage: str
    """Its voyage."""


class MessageRow(Answer):
    """The first copy of one message."""

    message_id: str
    """sha256 of the bytes in hexadecimal: the same for every copy."""
    format: str
    """The format that it was read as."""
    size: int
    """Its bytes."""
    received_at: datetime
    """When whoever first took this copy received it."""
    organisation: str
    """Through whose connection it came; empty if nobody said."""
    filed_under: str
    """The id of the number that it came under: of the declaration, or of one that belongs to it."""
    position: str
    """Where it lies in the log: topic, partition and offset."""
    shared: bool
    """Whether it speaks of other declarations too."""
    links: dict[str, str]
    """`self`: its bytes."""


class Messages(Answer):
    """What came about a declaration, in the order of reception."""

    id: str
    """The id of the declaration."""
    messages: list[MessageRow]
    """The first 1000 at most."""
    complete: bool
    """False if there are more than are listed."""
    links: dict[str, str]
    """Addresses of this list and of the declaration."""


class Evidence(Answer):
    """What an anomaly rests on."""

    text: str
    """What the authority wrote, as it stands; empty if nothing."""
    receipts: list[str]
    """Ids of the receipts; they stand on the timeline."""
    particulars: Particulars
    """What they say that somebody must act on, in the order of the documents."""


class Turn(Answer):
    """One step in the history of an anomaly."""

    at: datetime
    """The time of the input that caused it."""
    what: Coded
    """What happened to it."""
    cause: str
    """That input: the id of the message or of your command, else clock, link, facts, backfill-end, or `command` of
    another's."""
    command: str
    """The id of your command; empty of what happened by itself, or by the operator's word."""
    organisation: str
    """Of a step by hand whose word it is; empty for the operator's."""
    by: str
    """Of a step by hand the key or the person, as stated; empty if that is not yours to know."""
    note: str
    """What was noted with it."""
    assignee: str
    """Who was to see to it from then on; empty for nobody."""


class Anomaly(Answer):
    """Something wrong with one declaration, found by one rule."""

    id: str
    """Its id; never given twice."""
    declaration: str
    """The declaration that it is about."""
    rule: Coded
    """The rule, and what is wrong."""
    severity: Coded
    """How much it matters."""
    level: int
    """1 for the first deadline of the rule, higher for each later one."""
    state: Coded
    """Open, or why it was closed: as it stands for you."""
    began_at: datetime
    """Since when the finding holds."""
    opened_at: datetime
    """When it was opened: the deadline that passed."""
    limit: datetime | None
    """Until when it is to be put right; null where nobody has set a limit."""
    text: str
    """What is wrong, where, how much, until when and what to do, in the language asked for."""
    addressees: list[Coded]
    """Who should know."""
    evidence: Evidence
    """What it rests on."""
    acknowledged_by: str
    """The id of your last command that acknowledged it; empty if none did."""
    assignee: str
    """Who is to see to it, by your word; empty if nobody is."""
    history: list[Turn]
    """What became of it, in order: of what was done by hand your own, and that the operator has closed it."""
    links: dict[str, str]
    """Addresses: `self`, `declaration`, `incidents` (those that its declaration is or was in), and while it is open
    `acknowledge`, `assign`, `resolve`, `false-positive`."""


class AnomalyRow(Anomaly):
    """An anomaly in a list."""

    declaration_status: Coded | None
    """The status of its declaration; null while that is not here."""
    declaration_numbers: list[NumberOf]
    """Every number of its declaration."""
    incident: str
    """The id of the open incident that its declaration is in; empty if it is in none."""
    updated_at: datetime
    """When its last change came here, by our clock; at times that of its declaration."""


class Slower(Answer):
    """An office that is slower at a stage than it was, by more than its authority is (A26)."""

    times: float
    """How many times as long nine in ten stays took in the last seven days as in the four weeks before."""
    p90_seconds: int
    """By when nine in ten had ended in the last seven days [s]."""
    before_seconds: int
    """The same of the four weeks before [s]."""
    size: int
    """How many stays ended in the last seven days; 50 at least."""


class Silence(Answer):
    """Since when nothing has moved a declaration, and by when others like it had moved on. All of it is times, so that
    it changes only with the declaration or with the table."""

    since: datetime
    """Since when it waits for what it waits for: since it came to its stage, since its goods arrived if it is reviewed
    and that is stated, or since an obligation is open."""
    p50_at: datetime | None
    """By then half of its cohort had moved on; null where that is not known."""
    p90_at: datetime | None
    """By then nine in ten."""
    p95_at: datetime | None
    """By then nineteen in twenty."""
    p99_at: datetime | None
    """By then ninety-nine in a hundred."""
    overdue_at: datetime | None
    """After that it is overdue: the learned time, but never before `configured_at`; null where neither is known."""
    overdue_percentile: float | None
    """The share of its cohort that had moved on by `overdue_at`; null where nothing was learned."""
    configured_at: datetime | None
    """The configured time: floor and fallback; null where none is configured for the stage, or it waits for something
    else, such as the arrival of the goods."""
    basis: Coded
    """What the times rest on: `learned`, `configured`, or `nothing` where neither is there."""
    cohort: dict[str, str]
    """What the declarations have in common that it is held against: `stage`, `authority`, `office`, `direction`,
    `transport_mode`, `hour_class`, as far as they are told apart. The stage may be `arrived`, of what is
    reviewed and has its goods, or an obligation. Empty where nothing was learned."""
    size: int
    """How many ended stays of that cohort count; 50 at least, or 0 where nothing was learned."""
    table_version: int
    """The number of the table of expectations; 0 without one."""
    office_slower: Slower | None
    """Null unless its office has become slower where it waits."""
    text: str
    """The same in a sentence, in the language asked for."""


class Chance(Answer):
    """How likely it is released before its cut-off."""

    cut_off_at: datetime
    """The cut-off of its transport plan."""
    probability: float
    """Between 0 and 1, by those that stood as long at its stage, what is reviewed since its goods arrived, and by the
    stages still to come."""
    size: int
    """How many ended stays of its cohort count; 50 at least."""
    text: str
    """The same in a sentence, in the language asked for."""


class SilenceNow(Silence):
    """The same, with what depends on the moment."""

    at: datetime
    """The moment: the last clock folded."""
    percentile: float | None
    """The share of its cohort that had moved on after as long as it stands by now; null where nothing was learned."""
    overdue: bool | None
    """Whether that moment is past `overdue_at`; null where that is not known."""
    release_before_cut_off: Chance | None
    """Null without a cut-off, while no arrival of the goods is stated, after the release, and where too little was
    learned."""


class Brief(Answer):
    """A declaration in short."""

    id: str
    """Its id: `authority:kind:value`."""
    authority: Coded
    """Who answers it."""
    status: Coded
    """The one status to show: the stage, or before the release the open obligation that matters most."""
    group: Coded
    """The group of its status."""
    in_progress: bool
    """Whether anything is still to come."""
    stale: bool
    """Whether what has come for it since `Clearance-As-Of` has to wait: its part of the log is parked."""
    next_to_act: Coded
    """Who must act next."""
    stage_since: datetime | None
    """Since when it stands at its stage, which its status need not be: an obligation has a beginning of its own."""
    flags: list[Coded]
    """What holds beside the status."""
    numbers: list[NumberOf]
    """Every number that it carries."""
    direction: Coded | None
    """Import or export; null if no message says."""
    office: str
    """The customs office; empty if no message says."""
    transport_mode: Coded | None
    """How the goods travel; null if no message says."""
    silence: Silence | None
    """How long it has stood still, beside others like it; null where nothing more is to come, or nothing has placed it
    yet."""
    links: dict[str, str]
    """Addresses: `self`, `timeline`, `messages`, `explanation`, and `incidents` (those that it is or was in)."""


class OtherFiling(Answer):
    """Another declaration that shares a bill of lading or the goods."""

    declaration: str
    """Its id; empty if it is not yours to see."""
    shares: list[Coded]
    """What both name."""
    since: datetime
    """From when on it had stood still, or was rejected, when this one was filed."""
    other_bill: bool
    """Whether both name bills of lading, and none that is the same. It may be another shipment, and raises nothing."""
    links: dict[str, str]
    """Addresses: `declaration`, if it is yours to see."""


class Declaration(Brief):
    """Where a declaration stands."""

    stage: Coded
    """Where it stands."""
    obligation: Coded | None
    """What is open beside the stage and matters most, also after the release: `next_to_act` must see to it; null
    if nothing is."""
    releasable: bool
    """Released, and nothing holds the goods."""
    holds: list[Hold]
    """Obligations, ended ones too, by time."""
    stage_times: list[StageTime]
    """When it came where, by time."""
    parties: dict[str, dict[str, str]]
    """Agent, trader and owner, as the messages name them."""
    details: dict[str, str]
    """What the messages say of the goods; the names stand in `docs/glossary.md`."""
    goods: list[GoodsLine]
    """The lines of goods of the declaration that was sent last, the first 50."""
    transport_plan: TransportPlan
    """What was stated of the transport."""
    anomalies: list[Anomaly]
    """What is wrong now. With `as_of` or `known_at`: what had been opened by then, in the state that it has now."""
    possible_duplicate_of: list[OtherFiling]
    """Declarations of the same consignor and goods that were filed before this one and had no decision then."""
    refiles: OtherFiling | None
    """The rejected or cancelled declaration for which this one was filed anew; null if there is none."""
    tables_version: str
    """The version of the tables (codes, rules, durations) by which the receipts were folded."""
    occurred_until: datetime | None
    """As `as_of` asked: only receipts whose own time is up to then; null for all."""
    known_until: datetime | None
    """As `known_at` asked: only receipts received by then; null for all."""
    corrections: list["Entry"]
    """With `as_of` or `known_at`: receipts of before that time that came after it. Whoever asked then did not know
    them; with `as_of` alone they count in what is shown. Else empty."""


class Entry(Answer):
    """One receipt on the timeline."""

    at: datetime
    """The authority's time if it states one, else that in the name of its file, else when it was received."""
    clock: Literal["authority", "client", "received"]
    """Whose time `at` is: the authority's, the import client's that named the file, or that of reception."""
    precision: Coded
    """How exact the authority's time is."""
    authority_time: str
    """The authority's time as it wrote it; empty if it states none."""
    received_at: datetime
    """When it was received."""
    late: bool
    """Whether it was received after one with a later time."""
    code: str
    """The authority's code."""
    words: str
    """What the code means, in the language asked for."""
    text: str
    """The authority's own note, up to 4,000 characters."""
    text_cut: bool
    """Whether the note is longer in the message."""
    particulars: Particulars
    """What somebody must act on, in the order of the document."""
    particulars_cut: bool
    """Whether more stands in the message, or what is shown cannot be right."""
    status: Coded | None
    """The canonical status that it tells; null for none."""
    effect: Coded
    """What it did to the declaration."""
    system: str
    """The code list of the code."""
    format: str
    """The format of the message."""
    receipt_id: str
    """Its id."""
    message_id: str
    """sha256 of the message that brought it."""


class Timeline(Answer):
    """Every receipt held of a declaration, by time."""

    id: str
    """The declaration."""
    occurred_until: datetime | None
    """Only receipts whose own time is up to then; null for all."""
    known_until: datetime | None
    """Only receipts received by then; null for all."""
    status: Coded
    """The status that these receipts add up to."""
    entries: list[Entry]
    """The receipts."""
    links: dict[str, str]
    """Addresses: `self`, `declaration`."""


class BatchAnswer(Answer):
    """One number of a batch, answered as when it is asked for alone."""

    number: str
    """As it was asked for, without blanks around it."""
    status: int
    """200, 300 if it means several declarations, 404 if it is unknown."""
    etag: str | None
    """For `If-None-Match` of a question for it alone; null if it leads to no single declaration."""
    declaration: Declaration | None
    """Where it stands; null if it leads to no single one."""
    problem: ProblemBody | None
    """Why it leads to no single one; else null."""


class Batch(Answer):
    """Where many declarations stand, all at one moment."""

    answers: list[BatchAnswer]
    """In the order in which they were asked for, without those that are still as `since` said."""
    unchanged: int
    """How many are still as `since` said."""
    token: str
    """Says what was told of all these numbers, for `since` of the next question. Of use to you only."""


class TableRow(Answer):
    """The row of a table of codes that says what a receipt means."""

    authority: Coded
    """Whose table it is."""
    table: str
    """Its file, in the folder of the authority."""
    code: str
    """The code of the row; `*` is any that has no row of its own."""
    status: Coded | None
    """The canonical status that it gives; null for none."""
    words: str
    """What the code means, in the language asked for."""
    source: str
    """Where the authority, or whoever published the list, says so; explained in `docs/sources.md`."""


class DecidedBy(Answer):
    """The receipt that decided the status."""

    receipt_id: str
    """Its id."""
    message_id: str
    """sha256 of the message that brought it."""
    at: datetime
    """By the authority's time, as on the timeline."""
    received_at: datetime
    """When it was received."""
    code: str
    """The authority's code."""
    text: str
    """The authority's own note."""
    row: TableRow | None
    """What the code means; null if no table holds it."""
    links: dict[str, str]
    """`message`: its bytes as they came."""


class UsualTime(Answer):
    """How long the step under way usually takes: of declarations that have ended it."""

    span: Coded
    """From which stage to which."""
    running_since: datetime
    """When this declaration began it."""
    by: dict[str, str]
    """The cohort: dimensions and their values. The office is among them unless too few have ended there."""
    n: int
    """How many of the cohort have ended it; five at least."""
    median_seconds: float | None
    """Half of them took at most so long."""
    p90_seconds: float | None
    """Nine of ten took at most so long."""


class Explanation(Answer):
    """Why a declaration stands where it does."""

    id: str
    """The declaration."""
    status: Coded
    """The one status to show."""
    stage: Coded
    """Where it stands."""
    obligation: Coded | None
    """What is open beside the stage and matters most; null if nothing is."""
    next_to_act: Coded
    """Who must act next."""
    next_step: str
    """What is to be done next, in the language asked for."""
    decided_by: DecidedBy | None
    """The receipt that decided the status; null before the first."""
    usual_time: UsualTime | None
    """How long the step under way usually takes; null if none is, or too few have ended it to say."""
    silence: SilenceNow | None
    """How long it has stood at its stage, beside others like it; null where nothing more is to come, or nothing has
    placed it yet."""
    possible_duplicate_of: list[OtherFiling]
    """Declarations of the same consignor and goods that were filed before this one and had no decision then."""
    refiles: OtherFiling | None
    """The rejected or cancelled declaration for which this one was filed anew; null if there is none."""
    tables_version: str
    """The version of the tables by which the receipts were folded."""
    links: dict[str, str]
    """Addresses: `self`, `declaration`."""


class DeclarationRow(Brief):
    """A declaration in a list."""

    formats: list[str]
    """The formats of the messages that told of it."""
    anomalies: list[Coded]
    """The rules that are open."""
    updated_at: datetime
    """When its last change came here, by our clock."""


class Declarations(Answer):
    """A page of declarations, those that changed last first; with `updated_since` in the order of change."""

    declarations: list[DeclarationRow]
    """The rows."""
    next: str | None
    """The address of the next page; null if this is the last. Also in the header `Link`."""


class Anomalies(Answer):
    """A page of anomalies: those with a limit by that, the earliest first, then the rest, those opened last first. With
    `updated_since` in the order of change."""

    anomalies: list[AnomalyRow]
    """The rows."""
    next: str | None
    """The address of the next page; null if this is the last. Also in the header `Link`."""


class Incident(Answer):
    """Many declarations of one authority that fail for what they share."""

    id: str
    """Its id, which stays when it grows or turns out to be wider."""
    authority: str
    """Whose declarations."""
    kind: Coded
    """Nothing comes in time, or customs rejects them."""
    state: Coded
    """Open, closed, or part of another."""
    shared: dict[str, str]
    """What they share: office, HS chapter, broker, trader, format; nothing for the authority as a whole. Names of firms
    are shown to the operator only."""
    since: datetime
    """When the first member began to wait."""
    opened_at: datetime
    """When it was found, by the time of the log."""
    closed_at: datetime | None
    """When most of them had gone on; null while it is open."""
    part_of: str
    """The id of the incident that goes on with it; empty unless both turned out to be one."""
    lift: float
    """How many times as many failed as usual, at most."""
    size: int
    """How many declarations ever were in it, of those that you see."""
    text: str
    """What has happened, who must act and what to do, in the language asked for."""
    links: dict[str, str]
    """Addresses: `self`."""


class IncidentInFull(Incident):
    """An incident, with its members."""

    members: dict[str, str]
    """The declarations that ever were in it, of those that you see, each with its address; the first thousand."""


class Incidents(Answer):
    """A page of incidents, those that opened last first."""

    incidents: list[Incident]
    """The rows."""
    next: str | None
    """The address of the next page; null if this is the last. Also in the header `Link`."""


class SpanTimes(Answer):
    """How long one span of clearance took, for one group of declarations."""

    span: Coded
    """From which stage to which."""
    by: dict[str, str]
    """The dimensions of the group and its values; empty without `by`."""
    n: int
    """How many have ended."""
    mean_seconds: float | None
    """Their mean; null if none has ended."""
    median_seconds: float | None
    """Half of them took at most so long."""
    p90_seconds: float | None
    """Nine of ten took at most so long."""
    unfinished: int
    """How many have begun and may still end; they are in none of the figures above."""
    unfinished_median_age_seconds: float | None
    """Half of the unfinished ones have been running for at least so long; by the minutes in which they began."""
    left_out: int
    """How many have begun and will not end (rejected, deleted, withdrawn), or are dated to end before they began."""


class ClearanceTimes(Answer):
    """Clearance times of the declarations that began a span in a period."""

    provisional: Literal[True]
    """The figures still change: unfinished spans are not in them, and those are the slow ones."""
    note: str
    """What is counted and what is left out, in words."""
    began_from: datetime | None
    """Spans that began from then on; null for all."""
    began_before: datetime | None
    """Spans that began before then; null for all."""
    ages_at: datetime | None
    """The time at which the unfinished ones were that old: the last clock folded. Null before the first."""
    quantiles_within: float
    """The share by which a median or p90 may differ from that of the sorted lengths. `n` and means are exact."""
    spans: list[SpanTimes]
    """By span, and by group."""


class BroughtMessage(Answer):
    """A message that a connection brought, and what became of it."""

    name: str
    """The name of its file; empty if none was given."""
    message_id: str
    """sha256 of its bytes: the same for every copy."""
    outcome: Coded
    """accepted: the log has it, a copy too; refused: kept as a dead letter; unacknowledged: send it again."""
    reason: str
    """Why it was refused, in English; empty if it was not."""
    declarations: list[str]
    """Ids of the declarations that it was filed under."""


class Brought(Answer):
    """All messages of a request, as they stood in it: each was accepted."""

    messages: list[BroughtMessage]
    """In the order in which they came."""


class Registration(Answer):
    """What you have registered of a declaration. It says nothing of whether customs knows it."""

    declaration: str
    """The id under which it is registered."""
    filed_at: datetime
    """When you sent it to customs, by your word; customs is overdue (A01) some minutes later."""
    registered_at: datetime
    """When you registered it first."""
    changed_at: datetime
    """When you registered it last."""
    references: list[str]
    """Your own references."""
    labels: list[str]
    """Your own labels."""
    parties: dict[str, dict[str, str]]
    """Agent, trade, owner, as you told them."""
    message_id: str = ""
    """Of the declaration as you sent it, if it is registered by that; it is not kept."""
    links: dict[str, str]
    """Addresses: `self`, `declaration`."""


class RegistrationRow(Registration):
    """A registration in a list."""

    status: Coded | None
    """Where the declaration stands, as far as you may see; null if its number is that of several."""


class Registrations(Answer):
    """A page of your registrations, by declaration."""

    registrations: list[RegistrationRow]
    """The page."""
    next: str | None
    """The address of the next page; null on the last."""


class Command(Answer):
    """A command and what became of it."""

    command_id: str
    """Its id."""
    outcome: Coded
    """accepted, refused, or pending: not decided yet."""
    reason: str
    """Why it was refused, in English; empty if it was not."""
    declaration: str
    """The declaration that it speaks of."""
    links: dict[str, str]
    """Addresses: `self`, `declaration`."""


def _short(value: str) -> str:
    if not value.isprintable():
        raise unfit("not_printable")
    return value


Name = Annotated[str, Field(max_length=100), AfterValidator(_short)]


def _note(value: str) -> str:
    return _short(value.replace("\n", "")) and value


class Said(BaseModel):
    """What is said with a step by hand."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)
    note: Annotated[str, Field(max_length=LONGEST_NOTE), AfterValidator(_note)] = ""
    """A note for your own people; nobody else is shown it, but the operator."""
    by: Name = ""
    """Who does it; without it the key is named."""


class StatedMute(BaseModel):
    """Of what you do not want to be notified for now."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)
    until: Instant
    """Until when; a time that has passed ends it."""
    by: Name = ""
    """Who says so; without it the key is named."""


class GeneralMute(BaseModel):
    """Of what you do not want to be notified, whatever the declaration."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)
    until: Instant | None = None
    """Until when; for good, if you do not say."""
    by: Name = ""
    """Who says so; without it the key is named."""


class Mute(Answer):
    """A rule of which you are not notified."""

    rule: Coded
    """The rule."""
    until: datetime | None
    """Until when; null for good."""
    set_at: datetime
    """When that was said."""
    by: str
    """Who said so, or the key."""


class Mutes(Answer):
    """Rules of which you are not notified."""

    mutes: list[Mute]
    """By rule."""
    links: dict[str, str]
    """Addresses: `self`."""


class Assignment(Said):
    """Who is to see to it."""

    assignee: Name
    """Their name; empty for nobody."""


MOST_MARKS = 20
Marks = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=LONGEST_MARK), AfterValidator(_short)]],
    Field(max_length=MOST_MARKS),
]


class StatedRegistration(BaseModel):
    """What you tell of a declaration of yours. It replaces what you told before, whole."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)
    filed_at: Instant | None = None
    """When you sent it to customs; now, if you do not say. A01 counts from then."""
    references: Marks = []
    """Your own references, to find it by."""
    labels: Marks = []
    """Your own labels, to choose by."""
    parties: dict[Literal["agent", "trade", "owner"], dict[Literal["code", "scc", "name"], Name]] = {}
    """Who is who. It proves nothing: what customs says counts."""


class Grants(Answer):
    """Whom the operator lets see a declaration."""

    declaration: str
    """Its id."""
    organisations: list[str]
    """Ids of the organisations, in order."""
    links: dict[str, str]
    """Addresses: `self`, `declaration`."""


class AskedBatch(BaseModel):
    """What is asked of many declarations."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)
    numbers: Annotated[list[NumberInBody], Field(min_length=1, max_length=MOST_IN_BATCH, examples=[[*EXAMPLES]])]
    """Any numbers of them, as in an address but not percent-encoded; each is answered once."""
    since: Annotated[str, Field(max_length=LONGEST_TOKEN, pattern="^[A-Za-z0-9_-]*$")] = ""
    """`token` of the answer before: only what is no longer as that said is told. Of other numbers all is told."""


class StatedRow(StatedRegistration):
    """One row of many registrations."""

    number: Annotated[str, Field(min_length=1, max_length=LONGEST_NUMBER), AfterValidator(_short)]
    """The declaration, as in the address of one."""


class RegisteredRow(Answer):
    """What became of one row."""

    row: int
    """Its line, counted from 1; of CSV the headings are line 1."""
    declaration: str
    """The id under which it is registered; empty if it is refused."""
    outcome: Coded
    """`accepted` or `refused`."""
    new: bool
    """Whether it was not registered before."""
    reason: str
    """Why it was refused, in English, and the field; empty if it was not."""


class RegisteredRows(Answer):
    """What became of each row, in their order."""

    accepted: int
    """How many are registered."""
    refused: int
    """How many are not."""
    rows: list[RegisteredRow]
    """All of them."""


class StatedPlan(BaseModel):
    """A transport plan. It replaces the one stated before, whole; what is left out is no longer known."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)
    cut_off_at: Instant | None = None
    """Until when the goods must be released to go with this vessel."""
    arrived_at: Instant | None = None
    """When the goods arrived."""
    departure_at: Instant | None = None
    """When the vessel leaves, not before the goods arrive."""
    vessel: Name = ""
    """Its name."""
    voyage: Name = ""
    """Its voyage."""

    @field_validator("departure_at")
    @classmethod
    def _after_arrival(cls, value: datetime | None, others: ValidationInfo) -> datetime | None:
        arrived_at = others.data.get("arrived_at")
        if value is not None and arrived_at is not None and value < arrived_at:
            raise unfit("before_arrival")
        return value


class ChangedAnomaly(Answer):
    """An anomaly that opened or closed."""

    id: str
    """Its id."""
    rule: Coded
    """Which rule found it."""
    severity: Coded
    """How bad it is."""
    state: Coded
    """`open`, or why it closed."""
    limit: datetime | None
    """Until when it is to be put right; null if there is no such time."""


class FeedChange(Answer):
    """One change of one declaration."""

    kind: Coded
    """`changed`; `seen`: from here on you see it; `merged`: it belongs to another from now on; `left`: the filters do
    not hold any more; `gone`: you do not see it any more."""
    declaration: str
    """The id of the declaration."""
    seq: int | None
    """The number of the change; those of one declaration have no holes. Null of what is not numbered."""
    previous_seq: int | None
    """The number of the change before. Whoever does not hold it lacks something; null if nothing comes before."""
    at: datetime | None
    """When it happened, by the clock of the log; null of what is told whole."""
    status_before: Coded | None
    """The status before, of a change of what is known of it; else null."""
    status: Coded | None
    """The status after it; else null."""
    anomaly: ChangedAnomaly | None
    """The anomaly that opened or closed; else null."""
    command: str
    """The id of the command that was decided; empty if none was."""
    merged_into: str
    """The id that it belongs to from now on; empty if that is not so, or not yours to see."""


class Changes(Answer):
    """What changed, from a cursor on."""

    changes: list[FeedChange]
    """In order, for each declaration."""
    declarations: list[Declaration]
    """The declarations that changed, as they are now: later changes may be in them already, and are told later."""
    cursor: str
    """Where the next answer begins. Keep it once the changes are taken in."""
    more: bool
    """Whether there is more at once."""
    complete: bool
    """Whether nothing is left out. Only without filters do numbers without holes prove that you have everything."""
