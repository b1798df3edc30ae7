"""The one door to the store for readers: every question that the API, the command line or a page may ask.

Each question is asked for a viewer, and answered with what that viewer may see. The questions themselves stand in
`queries`, `change_queries`, `incident_queries`, `message_queries`, `quantiles` and `totals`, which nobody else imports
(import-linter).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime

from sqlalchemy import Connection, Engine

from clearance.events.anomalies.precision import Settled
from clearance.events.learning.expectations import Expectations
from clearance.store import applied, change_queries, incident_queries, message_queries, quantiles, queries, totals
from clearance.store.bounds import Bound
from clearance.store.connect import explained
from clearance.store.learned import read_expectations
from clearance.store.rows import (
    Filed,
    Finding,
    FindingPlace,
    Folded,
    Happened,
    Meant,
    Outcome,
    Place,
    Shared,
    Stored,
    Times,
    WantedAnomalies,
    WantedDeclarations,
    WantedIncidents,
)
from clearance.store.size import size_bytes
from clearance.store.viewer import Viewer


class Reader:
    """Questions on one connection, so that all answers are of one moment. None of them changes anything."""

    def __init__(self, connection: Connection, viewer: Viewer) -> None:
        self._connection, self.viewer = connection, viewer

    def size_bytes(self) -> int:
        """How large the store is: files of SQLite, or the whole database of PostgreSQL."""
        return size_bytes(self._connection)

    def progress(self) -> list[Folded]:
        """How far each partition has been folded that has any progress. It tells nothing of declarations."""
        return queries.progress_of_all(self._connection)

    def expectations(self) -> Expectations | None:
        """The table of expectations in force; None before the first. It tells of cohorts of fifty at least."""
        return read_expectations(self._connection)

    def last_batch(self) -> int:
        """The number of the last batch that the projector applied. It tells nothing of declarations."""
        return applied.last_number(self._connection)

    def declaration(self, declaration: str) -> Stored | None:
        """One declaration by its id; a pointer is answered with itself."""
        return queries.declaration(self._connection, self.viewer, declaration)

    def primary_of(self, declaration: str) -> str:
        """What a pointer leads to; any other id itself."""
        return queries.primary_of(self._connection, self.viewer, declaration)

    def declarations(self, ids: Iterable[str]) -> list[Stored]:
        """Declarations by id, those that changed last first."""
        return queries.declarations_of(self._connection, self.viewer, ids)

    def carriers(self, meant: Iterable[Meant], limit: int) -> list[str]:
        """Ids of the declarations that carry a number, in any of its meanings; at most `limit`."""
        return queries.carriers(self._connection, self.viewer, meant, limit)

    def carriers_of_each(self, values: Iterable[str], limit: int) -> list[tuple[str, Meant]]:
        """The same for many numbers: who carries which of these values, at most `limit` times."""
        return queries.carriers_of_each(self._connection, self.viewer, values, limit)

    def carried(self, ids: Iterable[str], values: Iterable[str]) -> set[tuple[str, str]]:
        """Which of these declarations carry which of these values: (declaration, `kind:value`)."""
        return queries.carried(self._connection, self.viewer, ids, values)

    def newest(self, wanted: WantedDeclarations, before: Place | None, limit: int) -> list[Stored]:
        """Declarations that changed before a place, those that changed last first."""
        return queries.newest(self._connection, self.viewer, wanted, before, limit)

    def changed(self, wanted: WantedDeclarations, after: Place, limit: int) -> list[Stored]:
        """Declarations that changed after a place, in the order in which they did."""
        return queries.changed(self._connection, self.viewer, wanted, after, limit)

    def anomalies(self, wanted: WantedAnomalies, after: FindingPlace | None, limit: int) -> list[Finding]:
        """Anomalies behind a place: by their limits, then those without, opened last first."""
        return queries.anomalies_of(self._connection, self.viewer, wanted, after, limit)

    def changed_anomalies(self, wanted: WantedAnomalies, after: Place, limit: int) -> list[Finding]:
        """Anomalies that changed after a place, in the order in which they did."""
        return queries.changed_anomalies(self._connection, self.viewer, wanted, after, limit)

    def anomaly(self, anomaly: str) -> Finding | None:
        """One anomaly by its id."""
        return queries.anomaly(self._connection, self.viewer, anomaly)

    def incidents(self, wanted: WantedIncidents, below: Place | None, limit: int) -> list[Shared]:
        """Incidents of which the viewer sees a member, those that opened last first; `is_open` None for all."""
        return incident_queries.incidents_of(self._connection, self.viewer, wanted, below, limit)

    def incident(self, incident: str) -> Shared | None:
        """One incident by its id."""
        return incident_queries.incident(self._connection, self.viewer, incident)

    def incident_members(self, incident: str, limit: int) -> list[str]:
        """The declarations that ever were in an incident, in their order; at most `limit`."""
        return incident_queries.members_of(self._connection, self.viewer, incident, limit)

    def members_seen(self, ids: Iterable[str]) -> dict[str, int]:
        """How many members each of these incidents has; those that have none are left out."""
        return incident_queries.members_seen(self._connection, self.viewer, ids)

    def incidents_with(self, ids: Iterable[str]) -> dict[str, str]:
        """The open incident of each of these declarations that is a member of one."""
        return incident_queries.incidents_with(self._connection, self.viewer, ids)

    def outcomes(self, command_id: str) -> list[Outcome]:
        """What became of a command: one result for each declaration to which its id was given."""
        return queries.outcomes(self._connection, self.viewer, command_id)

    def messages(self, declaration: str, limit: int) -> list[Filed]:
        """The first copy of each message of a declaration and its aliases, by time of reception; at most `limit`."""
        return message_queries.messages_of(self._connection, self.viewer, declaration, limit)

    def message(self, declaration: str, message_id: str) -> Filed | None:
        """The first copy of one message of a declaration and its aliases."""
        return message_queries.message(self._connection, self.viewer, declaration, message_id)

    def copies(self, message_id: str) -> list[Filed]:
        """A message wherever it is filed: its first copy under each number, the earliest first."""
        return message_queries.copies(self._connection, self.viewer, message_id)

    def clearance_times(
        self, by: Sequence[str], since: datetime | None = None, until: datetime | None = None
    ) -> list[Times]:
        """All spans that began from `since` on and before `until`, by span and by the dimensions `by`."""
        return quantiles.clearance_times(self._connection, self.viewer, by, since, until)

    def times_of_cohort(self, span: str, cohort: Mapping[str, str]) -> Times | None:
        """One span of the declarations with these values of dimensions; None if none has begun it."""
        return quantiles.times_of_cohort(self._connection, self.viewer, span, cohort)

    def heads(self) -> dict[int, int]:
        """The offset behind the last event of each partition. It tells nothing of declarations."""
        return change_queries.heads(self._connection)

    def purged_before(self) -> dict[int, int]:
        """Before which offsets events have left the store, by partition. It tells nothing of declarations."""
        return change_queries.purged_before(self._connection)

    def settled(self, partition: int, begin: int, end: int) -> int:
        """Up to where, of these offsets, the states are there that follow from the events. It tells of none of them."""
        return change_queries.settled(self._connection, partition, begin, end)

    def happened(self, partition: int, begin: int, end: int, limit: int) -> list[Happened]:
        """The events at these offsets, in their order; at most `limit`."""
        within = change_queries.Within(partition, begin, end)
        return change_queries.happened(self._connection, self.viewer, within, limit)

    def later(self, declaration: str, seq: int) -> list[Happened]:
        """What happened to a declaration after an event of it."""
        return change_queries.later(self._connection, self.viewer, declaration, seq)

    def named_since(self, ids: Iterable[str]) -> dict[str, int]:
        """The event of each declaration with which the viewer came to see it; of those that name the viewer."""
        return change_queries.named_since(self._connection, self.viewer.identifiers, ids)

    def lost_since(self, ids: Iterable[str]) -> dict[str, int]:
        """The event of each declaration with which the viewer ceased to see it; of those that named the viewer once."""
        return change_queries.lost_since(self._connection, self.viewer.identifiers, ids)

    def ids_after(self, after: str, limit: int) -> list[str]:
        """Ids of declarations in their order, without pointers."""
        return change_queries.ids_after(self._connection, self.viewer, after, limit)

    def ids_by(self, identifiers: Iterable[str], others: Iterable[str], after: str, limit: int) -> list[str]:
        """Ids of the declarations of which one of the identifiers is a party, and none of the others; in their order.

        For identifiers that the viewer has, or had: what it gained or lost."""
        return change_queries.ids_by(self._connection, identifiers, others, after, limit)

    def settled_by_rule(self, since: datetime) -> dict[str, Settled]:
        """What became of the anomalies that opened since, by rule, as they stand for the viewer."""
        return totals.settled_by_rule(self._connection, self.viewer, since)

    def totals(self) -> totals.Totals:
        """Counts over all that the viewer may see."""
        return totals.totals(self._connection, self.viewer)


@contextmanager
def reading(engine: Engine, viewer: Viewer, bound: Bound | None = None) -> Iterator[Reader]:
    """A reader of the store as it stands at its first question. Raises `StoreError` if the store is away, and
    `QuestionEnded` if the bound ends before it is done."""
    with explained(engine), engine.connect() as connection, bound.on(connection) if bound else nullcontext():
        yield Reader(connection, viewer)
