"""The value of `tracker-progress`: how far one partition has been folded. A restart takes the highest position."""

from typing import Annotated, Literal

from pydantic import Field

from clearance.contracts.models.base import Count, TablesVersion, UtcTime, Wire


class InputCount(Wire):
    """How many inputs of one sort had one result, since the beginning of the epoch."""

    authority: str
    """Who sent them; empty for what speaks to a whole partition."""
    format: Annotated[str, Field(min_length=1)]
    """The format of the message (`DEC_RESULT`, `RES`), or the kind of any other input (`clock`, `link`)."""
    result: Literal["applied", "duplicate", "ignored", "dead_letter"]
    """What folding them did."""
    count: Count
    """How many [inputs]."""


class TrackerProgress(Wire):
    """How far one partition has been folded, by what, and when."""

    schema_version: Literal[1]
    """The version of this shape."""
    epoch: Count
    """Which fold of history this is."""
    partition: Count
    """Which partition; the key of the record, in decimal."""
    position: Annotated[int, Field(ge=-1)]
    """Offset of the last input that was folded; -1 before the first. A restart folds from the next one."""
    stream_time: UtcTime | None
    """The time of the last clock record that was folded; null before the first."""
    wall_time: UtcTime
    """When this record was written, by the tracker's own clock; for people and freshness, never folded."""
    ended_backfills: tuple[str, ...]
    """Backfills whose end this partition has folded, sorted."""
    counts: tuple[InputCount, ...]
    """Inputs folded since the beginning of the epoch, by authority, format and result."""
    cluster_id: Annotated[str, Field(min_length=1)]
    """The Kafka cluster that the position belongs to; another one means stop."""
    topic_id: Annotated[str, Field(min_length=1)]
    """The id that Kafka gave `declaration-inputs` at creation; another one means stop."""
    step_version: Annotated[str, Field(min_length=1)]
    """Version of the fold. A changed fold starts only after a clean stop, or in a new epoch."""
    tables_version: TablesVersion
    """Version of the tables in force."""
    external_clock: bool = False
    """Whether the last clock record was a simulator's: the partition follows simulated time."""
    topic_ids: dict[str, str] = Field({})
    """The ids that Kafka gave at creation to every topic that the tracker reads and writes, by name; another one means
    stop. None in what an earlier version wrote."""
    caught_up_at: UtcTime | None = None
    """Up to when inputs have been folded: `wall_time` if none was left, else the broker's time of the last one."""
    parked_since: UtcTime | None = None
    """Since when the partition is parked: it waits for a person, and nothing of it is folded. Null if it is not."""
    expectations_version: Count = 0
    """The version of the table of expectations in force; 0 before the first. It lies in `tracker-expectations`."""
