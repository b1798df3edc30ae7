"""The value of `inputs-set-aside`: what is not folded in this epoch: an input, an unreadable batch, a partition."""

from typing import Annotated, Literal

from pydantic import Field

from clearance.contracts.models.base import Count, UtcTime, Wire


class SetAside(Wire):
    """What is not to be folded in this epoch, and why.

    By the key of its record it is an input (`3:1207`), which a person has set aside, or a partition (`3`), which a
    tracker has parked and which waits for a person."""

    schema_version: Literal[1]
    """The version of this shape."""
    epoch: Count
    """The fold of history that leaves it out."""
    partition: Count
    """Its partition in `declaration-inputs`."""
    offset: Count
    """Its offset there; beyond what the tracker had folded when it was set aside. Of a parked partition, that of the
    first input that waits: everything before it has been folded."""
    reason: Annotated[str, Field(min_length=1)]
    """Why, for a person."""
    at: UtcTime
    """When it was set aside, or parked."""
    until: Count | None = None
    """The last offset of a batch of records that cannot be read and is set aside whole; null for a single input."""
    parked_by: Annotated[str, Field(min_length=1)] | None = None
    """Of a parked partition: the exception, and where it was raised; null for an input."""
