"""That a stay was judged by what was learned: it was too long, or it ended in time. By this the percentile keeps its
promise.

A stay is judged once, by the table in force where the tracker folds it. One that only its configured time called too
long, or that ended before that counted, says nothing of the percentile.
"""

from datetime import datetime, timedelta

from msgspec import Struct

from clearance.events.learning.cohorts import Key, chain
from clearance.events.learning.deferral import Deferral
from clearance.events.learning.expectations import Expectations
from clearance.events.learning.expected import answering
from clearance.events.tables.tables import Tables


class Judged(Struct, frozen=True, gc=False):
    """`cohort` is the one that answered for the stay."""

    cohort: Key
    overdue: bool = False


def judged_at_end(
    given: Deferral, ended: datetime, authority: str, tables: Tables, table: Expectations | None
) -> Judged | None:
    """Of a stay that ended before a clock has called it too long; None where the configured time is what counts."""
    if table is None or ended < given.began:
        return None
    key, learned = answering(given.stay(authority, tables), chain(), table)
    if learned is None or learned.overdue_after_seconds is None:
        return None
    after = timedelta(seconds=learned.overdue_after_seconds)
    return Judged(key, ended - given.began > after) if given.began + after >= given.floor else None
