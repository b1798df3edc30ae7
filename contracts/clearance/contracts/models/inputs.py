"""The values of `declaration-inputs`, by header `kind`. A `message` has no model: it is the authority's own bytes.

What the broker knows of a record (its offset, its timestamp) is not repeated inside its value.
"""

from typing import Annotated, Literal

from pydantic import Field

from clearance.contracts.models.base import DeclarationId, Number, UtcTime, Wire
from clearance.contracts.models.expectations import Table
from clearance.contracts.models.facts import Claim, Counterpart, Fact, Statement


class Command(Wire):
    """A user states something about one declaration. The result is a `command.result` event."""

    at: UtcTime
    """When the command was taken; events that follow from it bear this time."""
    backfill: str
    """The backfill that this record is part of; empty if it is live."""
    statement: Statement
    """What is stated."""


class Clock(Wire):
    """Time has passed: deadlines of this partition up to `at` fire."""

    at: UtcTime
    """The time now. Ignored if it is more than 60 seconds ahead of the record's broker timestamp."""
    backfill: Literal[""]
    """Always empty: a clock is part of no backfill."""
    external: bool = False
    """Whether a simulator wrote it: this partition follows simulated time from now on."""


class Link(Wire):
    """A primary number tells an alias, the key of the record, that it belongs to it."""

    at: UtcTime
    """The time of the input from which this follows."""
    backfill: str
    """The backfill that this record follows from; empty if it is live."""
    primary: DeclarationId
    """The declaration id of the primary number."""


class Facts(Wire):
    """Facts and numbers that another number of the same declaration holds; it may be no more than its own number."""

    at: UtcTime
    """The time of the input from which this follows."""
    backfill: str
    """The backfill that this record follows from; empty if it is live."""
    receipts: Annotated[tuple[Fact, ...], Field(max_length=100)]
    """At most 100; more are sent as further records."""
    statements: tuple[Statement, ...]
    """User statements."""
    claims: tuple[Claim, ...]
    """Contested aliases."""
    numbers: tuple[Number, ...]
    """Numbers, `kind:value`."""
    organisations: tuple[str, ...]
    """Organisations that may see the declaration."""


class BackfillEnd(Wire):
    """The history marked `backfill` is complete in this partition: its declarations arm their deadlines."""

    at: UtcTime
    """When the loading of the history ended."""
    backfill: Annotated[str, Field(min_length=1)]
    """Which backfill has ended."""


class Expectations(Wire):
    """What was learned: this partition judges by it from now on. An older table, or the same again, is ignored."""

    at: UtcTime
    """The stream time as of which the table was made; the same as `as_of` in it."""
    backfill: Literal[""]
    """Always empty: a table is part of no backfill."""
    table: Table
    """The table."""


class Related(Wire):
    """What the analyst knows of other declarations of the same goods, in place of what it told before. An older one, or
    the same again, is ignored."""

    at: UtcTime
    """The time of the event that it follows from."""
    backfill: Literal[""]
    """Always empty."""
    filed_at: UtcTime
    """When the declaration, the key of the record, was filed."""
    possible_duplicate_of: Annotated[tuple[Counterpart, ...], Field(max_length=5)]
    """Those that were filed before and had no decision then, the first one first."""
    refiles: Counterpart | None
    """The last one that had been rejected or cancelled when this one was filed; null if there is none."""
