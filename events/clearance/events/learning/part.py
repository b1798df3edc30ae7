"""A part: the whole of one slice of a partition, told when a day is over. Of several the highest `src` counts."""

from datetime import datetime

from msgspec import Struct

from clearance.events.learning.tally import Listed


class Part(Struct, frozen=True, kw_only=True):
    """The value of a record. `src` is the place of the clock that told the day, `hour` the hour that had come then.
    `cohorts`: how many stays ended by bucket of length; in the slice `running`, how many run by minute of beginning.
    `judged`: of a day, by the cohort that answered, how many were in time (0) and overdue (1)."""

    schema_version: int = 1
    epoch: int
    partition: int
    slice: str
    src: int
    hour: datetime
    cohorts: Listed
    judged: Listed = ()
