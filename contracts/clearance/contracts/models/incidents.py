"""The values of `analyst-incidents`: one incident for many declarations that share what holds them up."""

from typing import Annotated, Literal

from pydantic import Field

from clearance.contracts.models.base import Count, DeclarationId, UtcTime, Wire


class Incident(Wire):
    """Many declarations of one authority that fail for what they share."""

    incident: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    """Its id, which stays when it grows or turns out to be wider."""
    authority: str
    """Whose declarations."""
    kind: Literal["stuck", "rejected"]
    """Nothing comes in time, or customs rejects them."""
    group: tuple[tuple[Literal["broker", "chapter", "format", "office", "trader"], str], ...]
    """What they share: attributes with their values, two at most; none for the authority as a whole."""
    since: UtcTime
    """When the first member began to wait."""
    failing_since: UtcTime
    """When the first member failed."""
    opened_at: UtcTime
    """When it was found, in stream time."""
    lift: Annotated[float, Field(ge=0)]
    """How many times as many failed as usual, at most."""
    members: tuple[DeclarationId, ...]
    """All declarations that ever were in it; sorted."""
    most: Count
    """How many of them stood still at once, at most."""
    stages: tuple[str, ...] = ()
    """At which statuses they wait, sorted; of rejections "" alone."""
    closed_at: UtcTime | None = None
    """When most of them had gone on; null while it is open."""
    into: str = ""
    """The incident that goes on with it, where both turned out to be one."""


class IncidentTold(Wire):
    """An incident as it was at a time."""

    schema_version: Literal[1]
    """The version of this shape."""
    epoch: Count
    """Which fold of history this is."""
    at: UtcTime
    """The stream time at which it was looked at. Of several records of an incident the latest counts."""
    incident: Incident
    """What was seen."""
