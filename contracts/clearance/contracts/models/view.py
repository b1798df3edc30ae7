"""The view inside a status record: the answer to "where does it stand?", for readers who do not fold."""

from typing import Annotated, Literal

from pydantic import Field

from clearance.contracts.models.base import Acts, Group, NoOrRule, NoOrStatusName, Sha256, StatusName, UtcTime, Wire
from clearance.contracts.models.facts import GoodsLine, Shown
from clearance.contracts.models.particulars import Particulars

Effect = Literal["moved", "noted", "opened", "out_of_order", "after_end", "kept", "unknown"]


class Hold(Wire):
    """An obligation beside the stage: inspection, tax, documents, suspension."""

    kind: StatusName
    """Which obligation."""
    since: UtcTime
    """When it began."""
    receipt_id: str
    """The receipt that opened it."""
    code: str
    """The code of that receipt."""
    alert: NoOrRule
    """The rule that the code sets off; empty if none."""
    until: UtcTime | None
    """When it ended; null while it is open."""
    reference: str = ""
    """What tells several of one kind apart: for a request its sender's reference, for a debt that of the payment."""
    limit: UtcTime | None = None
    """Until when it is to be met; null where that is not known, and once it has ended."""
    limit_in_doubt: bool = False
    """Whether the limit cannot be meant: beyond 2099, or before the receipt that states it. No warning counts by it."""
    latest_receipt_id: str = ""
    """The last receipt that spoke of it; empty if that is the one that opened it."""


class Entry(Wire):
    """One line of the timeline: one receipt."""

    at: UtcTime
    """The time by which it is ordered."""
    clock: Literal["authority", "client", "received"]
    """Whose time `at` is: the authority's, the import client's that named the file, or that of reception."""
    authority_time: str
    """The authority's time exactly as it was written; empty if there was none."""
    precision: Shown
    """How exact the authority's time is."""
    received_at: UtcTime
    """When the message was first received."""
    receipt_id: str
    """Which receipt."""
    system: str
    """The code list that `code` belongs to."""
    code: str
    """The code as the authority sent it."""
    status: NoOrStatusName
    """What the code means; empty for a code that says nothing of the declaration or is not known."""
    effect: Effect
    """What the receipt did to the declaration."""
    zh: str
    """The meaning of the code in Chinese."""
    en: str
    """The meaning of the code in English."""
    text: Annotated[str, Field(max_length=4000)]
    """The authority's own words."""
    format: str
    """The name of the message format."""
    message_id: Sha256
    """sha256 of the message that brought it."""
    late: bool
    """Whether it was received after a receipt with a later authority time."""
    particulars: Particulars = ()
    """What somebody must act on, in the order of the document."""
    particulars_cut: bool = False
    """Whether more stands in the message than is held here, or what is held cannot be right."""
    text_cut: bool = False
    """Whether the text is longer in the message."""


class Plan(Wire):
    """The transport plan in force, as users stated it."""

    cut_off_at: UtcTime | None
    """Until when the goods must be cleared to be loaded; null if not stated."""
    arrived_at: UtcTime | None
    """When the goods arrived at the place of control; null if not stated."""
    departure_at: UtcTime | None
    """When the vessel, flight or vehicle leaves; null if not stated."""
    vessel: str
    """Name of the vessel; empty if not stated."""
    voyage: str
    """Voyage, flight or trip; empty if not stated."""


class View(Wire):
    """What is true of a declaration, a function of the set of its facts. Lists are sorted."""

    status: StatusName
    """What to show: the stage, or before release the open obligation that matters most."""
    group: Group
    """The group of the status."""
    open: bool
    """Whether something is still to come."""
    acts: Acts
    """Who must act next."""
    obligation: NoOrStatusName = ""
    """The open obligation for which they must act, also after the release; empty if there is none."""
    stage: StatusName
    """Where it stands, whatever obligations are open."""
    since: UtcTime | None
    """Since when it stands there; null while nothing has placed it."""
    releasable: bool
    """Released, and no inspection, detention, suspension or hold by another authority is open."""
    flags: tuple[str, ...]
    """What holds beside the status, by name."""
    holds: tuple[Hold, ...]
    """Obligations, ended ones included, by their beginning."""
    stage_times: dict[str, UtcTime]
    """When it first came to each stage."""
    numbers: dict[str, tuple[str, ...]]
    """Values of its numbers, by kind."""
    organisations: tuple[str, ...]
    """Who may see it."""
    parties: dict[str, dict[str, str]]
    """Code, social credit code and name of agent, trader and owner."""
    details: dict[str, str]
    """What messages say of the goods, by field name of the glossary; units are part of the name."""
    goods: tuple[GoodsLine, ...] = ()
    """The lines of goods of the declaration that was sent last, the first 50."""
    transport_plan: Plan
    """Cut-off, arrival, departure."""
    granted: tuple[str, ...] = ()
    """Ids of the organisations that the operator lets see it; no answer but that of `ops` names them."""
    withdrawn: tuple[str, ...] = ()
    """Ids of the organisations that the operator let see it once."""
    named_before: dict[str, tuple[str, ...]] = Field(default={})
    """Codes of parties that a later message replaced, by field."""
    timeline: Annotated[tuple[Entry, ...], Field(max_length=500)]
    """One line for each receipt held, in the order of (time, receipt id, code)."""
