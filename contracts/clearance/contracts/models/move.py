"""A value of `clearance-epochs`: the move that is under way, and how far it has come."""

from typing import Annotated, Literal

from pydantic import Field

from clearance.contracts.models.base import Count, UtcTime, Wire

PartitionNumber = Annotated[str, Field(pattern=r"^[0-9]+$")]


class Move(Wire):
    """The base log on its way into the inputs of an epoch. Written behind each round of copies, on the old cluster and
    on the new one; without a value when the move has ended or was given up."""

    schema_version: Literal[1]
    """The version of this shape."""
    epoch: Count
    """The epoch into whose inputs the base log is copied."""
    partitions: Annotated[int, Field(ge=1)]
    """How many partitions they have, and each topic of this epoch."""
    address: str
    """The cluster on which they lie, `host:port[,host:port]`; "" for the one of the base log."""
    by: str
    """The process that copies."""
    at: UtcTime
    """When it wrote this."""
    caught_up: bool
    """Whether it had copied all that there was; what it copies from then on notifies."""
    read: dict[PartitionNumber, Count]
    """By partition of the base log: what lies before this offset is copied."""
    written: dict[PartitionNumber, Count]
    """By partition of the new log: copies of what comes after `read` lie from this offset on."""
    clock: UtcTime | None
    """The last clock that was said to every new partition."""
    ended: dict[str, list[Count]]
    """Backfills by id, with the partitions of the base log that have told their end."""
    others: list[str]
    """The ids of all else that was said to every new partition."""
    sealed: list[Count]
    """The partitions of the base log that are copied up to their end."""
