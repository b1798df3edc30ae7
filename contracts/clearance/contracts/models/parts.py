"""The values of `analyst-parts`: how long stays took, counted, as one partition tells it when a day is over."""

from typing import Annotated, Literal

from pydantic import Field

from clearance.contracts.models.base import Count, UtcTime, Wire

Cohort = tuple[str, str, str, str, str, str]
"""Status, authority, office, direction, mode of transport, hour class; empty where it is not known."""
Counts = tuple[tuple[Count, Annotated[int, Field(ge=1)]], ...]
"""A bucket of length, or a minute since 1970, and how many [stays]; sorted."""


class AnalystPart(Wire):
    """The whole of one slice of a partition, by cohort. Empty if nothing is left in it."""

    schema_version: Literal[1]
    """The version of this shape."""
    epoch: Count
    """Which fold of history this is."""
    partition: Count
    """Which partition of `declaration-events`."""
    slice: Annotated[str, Field(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2}|running)$")]
    """The day, in UTC, on which the stays ended; or running, for those that have not."""
    src: Count
    """Offset in `declaration-inputs`, same partition, of the clock by which the day was over. Of several parts of a
    slice the highest counts."""
    hour: UtcTime
    """The hour that had come then."""
    cohorts: tuple[tuple[Cohort, Counts], ...]
    """Of a day how many stays ended, by bucket of length; of those that run how many began, by minute since 1970."""
    judged: tuple[tuple[Cohort, Counts], ...] = ()
    """Of a day how many stays were judged by what was learned, by the cohort that answered: 0 in time, 1 overdue."""
