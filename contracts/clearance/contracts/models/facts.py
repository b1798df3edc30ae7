"""Facts on the wire: receipts with the copy that brought them, user statements, claims."""

from typing import Annotated, Literal

from pydantic import Field

from clearance.contracts.models.base import DeclarationId, Number, Sha256, UtcTime, Wire
from clearance.contracts.models.particulars import Particulars

Precision = Literal["centisecond", "second", "minute", "day", "none"]
Shown = Literal["centisecond", "second", "minute", "day", "none", "file name"]
"""Precision on a timeline: also of a time that only the name of a file tells."""


ConversationId = Annotated[str, Field(min_length=1, max_length=80)]
"""What the authority calls an exchange of one message and its answers, such as HMRC's `X-Conversation-ID`."""


class GoodsLine(Wire):
    """One item of a declaration: strings as they stand in the message, empty where it says nothing."""

    item: str
    """Its number within the declaration."""
    hs_code: str
    """Code of the goods, by the tariff."""
    name: Annotated[str, Field(max_length=100)]
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


class Receipt(Wire):
    """One statement of an authority about one declaration, reduced to what the fold needs."""

    system: Annotated[str, Field(pattern=r"^[a-z]+(-[a-z0-9]+)+$")]
    """The code list that `code` belongs to, named authority first: `cn-channel`, `uk-dms`."""
    code: Annotated[str, Field(min_length=1, max_length=20)]
    """The code exactly as the authority sent it; it means something within `system` only."""
    receipt_id: Annotated[str, Field(min_length=1)]
    """The format's own id, else code and time as they stand and a hash of number and note."""
    occurred_at: UtcTime | None
    """When it happened by the authority's clock; null where the message states no time."""
    numbers: tuple[Number, ...]
    """The numbers that the message carries, `kind:value`, in its own order."""
    format: Annotated[str, Field(min_length=1)]
    """The name of the message format, for example `DEC_RESULT` or `RES`."""
    text: Annotated[str, Field(max_length=4000)]
    """The authority's own words, cut at 4,000 characters; empty if there are none."""
    qualifier: Annotated[str, Field(max_length=20)]
    """What narrows the code where the format has a second field for it; empty if none."""
    authority_time: str
    """The authority's time exactly as it was written; empty if there was none."""
    precision: Precision
    """How exact the authority's time is; `none` if it states none."""
    details: dict[str, str]
    """What the message says of goods and parties, by field name of the glossary; units are part of the name."""
    reference: str = ""
    """What the sender called the message that this one answers; empty where the authority does not say."""
    about: Literal["", "declaration", "first_version", "any_message"] = ""
    """What it shows of the message that it answers: the declaration as such, its version 1, or any message about it."""
    goods: Annotated[tuple[GoodsLine, ...], Field(max_length=50)] = ()
    """The lines of goods of a declaration, the first 50; `details` say how many there are."""
    particulars: Particulars = ()
    """What somebody must act on, in the order of the document."""
    particulars_cut: bool = False
    """Whether more stands in the message than is held here, or what is held cannot be right."""
    text_cut: bool = False
    """Whether the text is longer in the message."""


class Fact(Wire):
    """A receipt and the copy of the message that brought it."""

    receipt: Receipt
    """What the authority stated."""
    received_at: UtcTime
    """When the copy was received, by the clock of whoever first took it."""
    message_id: Sha256
    """sha256 of the bytes of the message."""
    stated_at: UtcTime | None = None
    """The time in the name of a file, where the receipt states none and the file's name does."""
    conversations: Annotated[tuple[ConversationId, ...], Field(max_length=2)] = ()
    """The exchanges with the authority that its copies came in, in order; more than one contradict each other."""
    left_out: bool = False
    """Whether particulars and all but 255 characters of the text are in the message only: there was too much."""
    heaviest: Annotated[int, Field(ge=0)] = 0
    """Bytes of particulars and long text in a heavier copy of the receipt; 0 if this is the heaviest."""


StatementKind = Literal[
    "transport_plan",
    "mute",
    "acknowledge",
    "assign",
    "resolve",
    "false_positive",
    "register",
    "answer_query",
    "grant",
    "withdraw_grant",
]


class Statement(Wire):
    """What a user stated, by command."""

    command_id: Annotated[str, Field(min_length=1, max_length=200)]
    """Chosen by the sender; the result of the command is found by it."""
    kind: StatementKind
    """What is stated: cut-off, arrival and departure; silence a rule; take note of an anomaly; somebody sees to it; it
    is done with; it was none; follow this number; the question that customs asked is answered; an organisation may see
    the declaration, or may no more."""
    issued_at: UtcTime
    """When the API took the command."""
    organisation: str
    """Id of the organisation whose word it is; empty for the operator's, and where no keys are asked for."""
    body: dict[str, str]
    """The statement's own fields; times in it are RFC 3339 with a zone. The tracker refuses what it cannot read."""
    by: Annotated[str, Field(max_length=100)] = ""
    """Name of the key or the person; empty if it is not known."""


class Counterpart(Wire):
    """Another declaration of the same goods."""

    declaration: DeclarationId
    """Which one."""
    shares: Annotated[tuple[Literal["bill", "goods"], ...], Field(min_length=1)]
    """What both name: a bill of lading, or goods with the same lines, quantities and values."""
    since: UtcTime
    """From when on it had been silent, or rejected, when this one was filed."""
    other_bill: bool = False
    """Whether both name bills of lading, and none that is the same: it may be another shipment."""


class Related(Wire):
    """What the analyst told last of other declarations of the same consignor."""

    at: UtcTime
    """The time of the event that it followed from."""
    filed_at: UtcTime
    """When this declaration was filed."""
    possible_duplicate_of: Annotated[tuple[Counterpart, ...], Field(max_length=5)]
    """Those that were filed before and had no decision then, the first one first."""
    refiles: Counterpart | None
    """The last one that had been rejected or cancelled when this one was filed; null if there is none."""


class Claim(Wire):
    """An alias that several primary numbers name, and one of these. A reusable alias leads to all of them, and each is
    told of all; any other stays with the first, and both are told of the second."""

    alias: DeclarationId
    """The declaration id of the number that is named by several."""
    primary: DeclarationId
    """The declaration id of a primary number that names it."""
