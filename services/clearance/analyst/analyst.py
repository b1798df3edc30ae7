"""Stage two: follows the course of each declaration, tells when a day is over how long their stays took, and gives the
table of what was learned back to the log.

The surprise: what it has told is a state whose key sorts before those of all declarations. States are written in the
order of their keys, so whoever finds a declaration after a crash that is ahead finds with it that the day was told.
Without that, a day would be told anew from courses that are later than it. The key of the time that has passed sorts
behind them all: an event that is folded anew never meets a later time than at first.
"""

from collections import Counter
from collections.abc import Awaitable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from msgspec.structs import replace

from clearance.analyst.comparing import compare
from clearance.analyst.following import Followed, Time, filing, followed, stays_of
from clearance.analyst.looking import look_out
from clearance.analyst.one_log import OWNER
from clearance.analyst.parts import Told, parts
from clearance.analyst.publishing import tables as tables_of
from clearance.events.incidents.lookout import IncidentTold, Lookout, WaitsTold
from clearance.events.incidents.waiting import waited
from clearance.events.learning.cohorts import chain
from clearance.events.learning.expectations import Expectations
from clearance.events.learning.part import Part
from clearance.events.learning.tally import RUNNING, Tally, tallied
from clearance.events.partition.time_passed import TimePassed
from clearance.events.step.outputs import Event
from clearance.events.tables.tables import Tables
from clearance.kafka import epochs
from clearance.kafka.expectation_records import table_input
from clearance.kafka.filing_records import filing_record
from clearance.kafka.incident_records import waits_record
from clearance.kafka.names import Names, suffix
from clearance.kafka.part_records import part_record
from clearance.kafka.time_records import is_time, read_time
from clearance.kafka.topics import Identity
from clearance.kafka.wire import Outgoing, check_event, read_event
from clearance.metrics import Board, Labels
from clearance.settings.clock import monotonic, timestamp_of
from clearance.stages.keyed import KeyedStage
from clearance.stages.keyed_partition import KeyedPartition, KeyedTopics
from clearance.stages.writing import Lot

TOLD = "#told"
UNSEEN, NOTHING_TOLD = Followed(), Told()
Held = Followed | Told | Time
Partition = KeyedPartition[Held]
TIME = "~time"
AFTER = timedelta(seconds=1)
BEFORE_ALL = Time(datetime(1970, 1, 1, tzinfo=UTC))


class Analyst(KeyedStage[Held]):
    """The analyst of an epoch."""

    name, version, state_type = "analyst", "6", Held

    def __init__(self, bootstrap: str, names: Names, identity: Identity, tables: Tables, board: Board) -> None:
        super().__init__(bootstrap, topics_of(names), identity)
        self.group = names.group(self.group)
        self.names, self.tables, self.board = names, tables, board
        self._current: int | None = None  # the epoch that is answered from, when it is known
        self._table: Expectations | None = None  # the last that was made
        self._given: dict[int, int] = {}  # by partition, the version of the last that it was given here
        self._tallies: dict[int, Tally] = {}
        self._waits: dict[int, list[Outgoing]] = {}
        self._filings: dict[int, list[Outgoing]] = {}
        self._looks_out = False
        self._owns, self._restoring, self._worked_at = 0, 0, monotonic()
        self._skew: float | None = None

    def _anew(self) -> str:
        """What is looked for in waits and filings counts on their places, so all goes at once. Incidents as they were
        told stay, since the store follows them: they are told again over what there is."""
        named = f"all topics analyst-…{suffix(self.names.epoch)} but {self.names.incidents}"
        return f"delete {named}, make them again (`clearance topics`), and start it: it folds the events anew"

    def why_not_ready(self) -> str:
        """What keeps it from folding all that is its own; "" if nothing does."""
        if self._restoring:
            return f"{self._restoring} partitions are being read back"
        return "" if self._owns else "it owns no partition yet, or there are fewer than analysts"

    def last_success(self) -> dict[Labels, float]:
        """When it did its work last: at every tick."""
        return {(): timestamp_of(self._worked_at)}

    def clock_skew(self) -> dict[Labels, float]:
        """How far the wall clock is ahead of the broker's [s], if the broker has said."""
        return {} if self._skew is None else {(): self._skew}

    async def tick(self, owned: Partition, now: datetime) -> None:
        """Give a partition of the log the table that it has not been given. It belongs to the history, so the base log
        gets it in any epoch, from the analyst of the one that is answered from."""
        table = self._table
        if table is None or self._current != self.names.epoch or self._given.get(owned.number, 0) >= table.version:
            return
        await self.writer.send(Lot(self.names.log, owned.number, [table_input(table)]))
        self._given[owned.number] = table.version
        self.board.add("clearance_analyst_tables_total")

    def always(self) -> Sequence[Awaitable[None]]:
        return self._follow_epoch(), self._make_tables(), self._look_out(), self._compare()

    async def _look_out(self) -> None:
        await look_out(self.bootstrap, self.names, lambda: self._looks_out, self.writer.send, self._show_incidents)

    async def _compare(self) -> None:
        await compare(
            bootstrap=self.bootstrap,
            names=self.names,
            is_mine=lambda: self._looks_out,
            is_answered=lambda: self._current == self.names.epoch,
            write=self.writer.send,
            count=lambda found: self.board.add("clearance_analyst_related_total", by=found),
        )

    def _show_incidents(self, lookout: Lookout, told: Sequence[IncidentTold]) -> None:
        self.board.add("clearance_incidents_opened_total", by=sum(one.at == one.incident.opened_at for one in told))
        counts = Counter((one.authority, one.kind, one.reach) for one in lookout.incidents if not one.closed_at)
        self.board.replace("clearance_incidents_open", {labels: float(count) for labels, count in counts.items()})

    async def _follow_epoch(self) -> None:
        async for current in epochs.follow(self.bootstrap):
            current.names(self.names.epoch)
            self._current = current.epoch

    async def _make_tables(self) -> None:
        async for table in tables_of(self.bootstrap, self.names):
            self._table = table

    def fold(self, owned: Partition, record: Any) -> Iterator[Outgoing]:
        if is_time(record):
            passed = read_time(record.value)
            self._pass_time(owned, passed, record.offset)
            yield from map(part_record, self._tell(owned, passed))
            return
        check_event(record.headers)
        event = read_event(record.value)
        held = cast(Followed, owned.states.get(event.declaration, UNSEEN))
        now = followed(held, event, self.tables.numbers)
        if now is not held:
            now = self._wait(owned, now, event, record.offset)
            if (told := filing(held, now, event, self.tables)) is not None:
                self._filings.setdefault(owned.number, []).append(filing_record(told))
        owned.put(event.declaration, now)
        tally = self._tallies[owned.number]
        if now.judged != held.judged:
            tally.judge(held.judged, -1)
            tally.judge(now.judged)
        if now.course != held.course:
            tally.count(stays_of(event.declaration, held.course, self.tables), -1)
            tally.count(stays_of(event.declaration, now.course, self.tables))

    def _pass_time(self, owned: Partition, passed: TimePassed, place: int) -> None:
        held = cast(Time, owned.states.get(TIME, BEFORE_ALL)).mark
        mark = max(passed.mark or passed.hour, held)  # clocks may jump back
        owned.put(TIME, Time(mark))
        self._send(owned, WaitsTold(owned.number, place, mark=mark))

    def _wait(self, owned: Partition, held: Followed, event: Event, place: int) -> Followed:
        """With what it waits for from now on. What is told behind a time is known after it."""
        authority = event.declaration.partition(":")[0]
        time = cast(Time, owned.states.get(TIME, BEFORE_ALL))
        known_at = max(event.at, time.mark + AFTER)
        waiting, judged = waited(held.waiting, event, known_at, self.tables.is_open(authority))
        if judged:
            self._send(owned, WaitsTold(owned.number, place, authority, waits=tuple(judged)))
        return replace(held, waiting=waiting)

    def _send(self, owned: Partition, told: WaitsTold) -> None:
        self._waits.setdefault(owned.number, []).append(waits_record(told))

    def take_sends(self, owned: Partition) -> Sequence[Lot]:
        sends = {self.names.waits: self._waits, self.names.filings: self._filings}
        return [Lot(topic, 0, told) for topic, by in sends.items() if (told := by.pop(owned.number, []))]

    def _tell(self, owned: Partition, passed: TimePassed) -> list[Part]:
        told = cast(Told, owned.states.get(TOLD, NOTHING_TOLD))
        if not told.wants(passed):
            return []
        found = [*parts(self._tallies[owned.number], told, passed, owned.number)]
        digests = {part.slice: digest for part, digest in found if part.slice != RUNNING}
        owned.put(TOLD, Told(passed.hour, told.slices | digests))
        self.board.add("clearance_analyst_parts_total", by=len(found))
        return [part for part, _ in found]

    def derive(self, owned: Partition) -> None:
        followed = [(name, one) for name, one in owned.states.items() if isinstance(one, Followed)]
        tally = tallied(chain(), (stays_of(name, one.course, self.tables) for name, one in followed))
        for _, one in followed:
            tally.judge(one.judged)
        self._tallies[owned.number] = tally

    def show(self, owned: Mapping[int, Partition], restoring: int, parked: Collection[int]) -> None:
        self._owns, self._restoring, self._worked_at = len(owned), restoring, monotonic()
        self._skew = self.writer.skew.seconds
        self._looks_out = OWNER in owned
        behind: dict[Labels, float] = {
            (str(number),): part.end - 1 - part.place for number, part in owned.items() if part.end is not None
        }
        self.board.replace("clearance_analyst_lag_records", behind)


def topics_of(names: Names) -> KeyedTopics:
    """What it reads and writes in an epoch."""
    return KeyedTopics(names.epoch, names.events, names.parts, names.analyst_states, names.analyst_progress)
