"""The value of `clearance-epochs`: which epoch is answered from, and where `clearance epoch back` leads."""

from typing import Literal

from clearance.contracts.models.base import Count, UtcTime, Wire


class CurrentEpoch(Wire):
    """Which fold of history counts from now on, for all readers."""

    schema_version: Literal[1]
    """The version of this shape."""
    epoch: Count
    """The epoch that answers, and whose tracker writes the clocks."""
    at: UtcTime
    """When it was switched to."""
    before: Count
    """The epoch that answered until then."""
