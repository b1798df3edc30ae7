"""The value of `inputs-set-aside`: an input that a person has taken out of the fold of this epoch."""

from typing import Annotated, Literal

from pydantic import Field

from clearance.contracts.models.base import Count, UtcTime, Wire


class SetAside(Wire):
    """One input that is not to be folded in this epoch, and why."""

    schema_version: Literal[1]
    """The version of this shape."""
    epoch: Count
    """The fold of history that leaves it out."""
    partition: Count
    """Its partition in `declaration-inputs`."""
    offset: Count
    """Its offset there; beyond what the tracker had folded when it was set aside."""
    reason: Annotated[str, Field(min_length=1)]
    """Why, for a person."""
    at: UtcTime
    """When it was set aside."""
