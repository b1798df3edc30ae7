"""A table of expectations: how long declarations stay where they are, as the analyst has learned it, by cohort."""

from typing import Annotated

from pydantic import Field

from clearance.contracts.models.base import Count, UtcTime, Wire

Name = Annotated[str, Field(max_length=24)]
Cohort = tuple[Name, Name, Name, Name, Name, Name]
"""Status, authority, office, direction, mode of transport, hour class; `*` for any, empty where it is not known."""


class Learned(Wire):
    """What is known of one cohort."""

    size: Annotated[int, Field(ge=50)]
    """On how many endings it rests, as of today's [stays]."""
    percentile: Annotated[float, Field(ge=0, le=1)]
    """The share of the stays after which one is overdue."""
    overdue_after_seconds: Count | None
    """After how long a stay is overdue [s]; null where that percentile is not known yet."""
    curve_seconds: Annotated[tuple[Count, ...], Field(max_length=21)]
    """By when 5, 10, … 95, 97.5 and 99 % of the stays have ended, as far as is known; rising [s]."""


class Slower(Wire):
    """An office that is slower at a stage than it was."""

    size: Annotated[int, Field(ge=50)]
    """How many stays ended there in the last seven days."""
    p90_seconds: Count
    """By when nine in ten of them had ended [s]."""
    before_seconds: Count
    """The same of the four weeks before [s]."""


class Table(Wire):
    """The table of one day."""

    version: Annotated[int, Field(ge=1)]
    """The number of the day since 2000: of two tables the higher counts."""
    as_of: UtcTime
    """Stream time: up to then days were told."""
    cohorts: Annotated[tuple[tuple[Cohort, Learned], ...], Field(max_length=2000)]
    """What is known of each cohort; each once, sorted by their names."""
    without: tuple[Count, ...] = ()
    """Partitions that stand still and were left out: of their running stays nothing is known."""
    slower: Annotated[tuple[tuple[tuple[Name, Name, Name], Slower], ...], Field(max_length=200)] = ()
    """Offices that are slower than they were, by status, authority and office."""
