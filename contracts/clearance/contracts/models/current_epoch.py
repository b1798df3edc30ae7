"""The value of `clearance-epochs`: which epoch is answered from, where `clearance epoch back` leads, which log is the
base log."""

from typing import Annotated, Literal

from pydantic import Field

from clearance.contracts.models.base import Count, UtcTime, Wire


class MovedBase(Wire):
    """Where what comes in is written to, since the last move."""

    epoch: Count
    """The epoch whose inputs are the base log."""
    partitions: Annotated[int, Field(ge=1)]
    """How many partitions they have, and each topic of this epoch and of later ones."""
    address: str
    """The cluster on which they lie, `host:port[,host:port]`; "" for the one of this record."""


class CurrentEpoch(Wire):
    """Which fold of history counts from now on, for all readers."""

    schema_version: Literal[1]
    """The version of this shape."""
    epoch: Count
    """The epoch that answers, and whose tracker writes the clocks."""
    at: UtcTime
    """When it was switched to."""
    before: Count | None
    """The epoch that answered until then; null after a move, which has no way back."""
    base: MovedBase | None = None
    """The base log, once it was moved; left out before that."""
