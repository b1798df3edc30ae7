"""The value of `declaration-status`: the whole state of one declaration, to restore from, and its view."""

from typing import Annotated, Literal

from pydantic import Field

from clearance.contracts.models.base import (
    Count,
    DeclarationId,
    NoOrDeclarationId,
    Number,
    TablesVersion,
    UtcTime,
    Wire,
)
from clearance.contracts.models.events import Anomaly
from clearance.contracts.models.facts import Claim, Fact, Related, Statement
from clearance.contracts.models.view import View


class Result(Wire):
    """What became of a command."""

    outcome: Literal["accepted", "refused", "forwarded"]
    """Whether it took effect; `forwarded` sent it on to the primary number."""
    reason: str
    """Why it was refused; empty if it was not."""


class DeclarationStatus(Wire):
    """The whole state of one declaration. Of several records of a key the highest (epoch, src) counts."""

    schema_version: Literal[1]
    """The version of this shape."""
    declaration: DeclarationId
    """Which declaration; the key of the record."""
    epoch: Count
    """Which fold of history made it."""
    src: Count
    """Offset in `declaration-inputs`, same partition, of the last input that changed it; its version."""
    seq: Count
    """Number of its last event."""
    deadline: UtcTime | None
    """When the next deadline fires; null if none is armed."""
    tables: TablesVersion
    """Version of the tables by which the deadline was computed; empty if none was."""
    merged_into: NoOrDeclarationId
    """For an alias the declaration to follow instead; empty for one that stands for itself."""
    backfill: str
    """The backfill whose end it waits for; empty if none."""
    receipts: Annotated[tuple[Fact, ...], Field(max_length=500)]
    """The receipts held: the first 100 and the last 400 at most."""
    statements: tuple[Statement, ...]
    """What users stated, by command id."""
    claims: tuple[Claim, ...]
    """Contested aliases."""
    numbers: tuple[Number, ...]
    """Every number that any input carried, sorted."""
    organisations: tuple[str, ...]
    """Who may see it, sorted."""
    results: dict[str, Result]
    """What became of the commands sent to it, by command id; before that of an organisation its id and a line break."""
    anomalies: tuple[Anomaly, ...]
    """Every anomaly that was ever opened, by rule and deadline."""
    view: View
    """What is true of it; can be computed from the facts."""
    related: Related | None = None
    """Other declarations of the same goods; null if the analyst has told of none."""
