"""The fold of a stretch of the log: records of one partition in, everything that follows from them out.

The tracker folds what it has fetched, an oracle the whole partition at once: the same code, and the same outputs.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct, field

from clearance.events.learning.expectations import Expectations
from clearance.events.log.input_records import InputRecord, format_of, read_input, why_set_aside
from clearance.events.log.inputs import BackfillEnd, Clock, ExpectationsInput, FactsInput, Input, Sealed, Send
from clearance.events.log.progress import CountKey, Progress, Result
from clearance.events.partition.index import Index
from clearance.events.partition.partition import Partition, is_ahead
from clearance.events.partition.time_passed import TimePassed, time_passed
from clearance.events.standing.fold import fold
from clearance.events.standing.spans import lengths
from clearance.events.step.declaration import Declaration
from clearance.events.step.outputs import Event, Step
from clearance.events.tables.tables import Tables
from clearance.events.values.errors import InvalidMessage

NOTHING_YET = -1
ELSEWHERE = (
    "its key belongs to another partition: producers partition by murmur2 over the key "
    "(librdkafka: partitioner=murmur2_random)"
)


class DeadInput(Struct, frozen=True):
    """A record that is not folded, and why: no input, or set aside by a person."""

    record: InputRecord
    reason: str
    stage: Literal["tracker", "operator"] = "tracker"


class SpanEnded(Struct, frozen=True):
    """A span of clearance time that ended, for metrics."""

    span: str
    direction: str
    seconds: float


class Batch(Struct):
    """What follows from a stretch of the log. `dirty` are the states that it changed, `hours` those that have come,
    `expectations` the table that came into force last."""

    events: list[Event] = field(default_factory=list)
    sends: list[Send] = field(default_factory=list)
    dead: list[DeadInput] = field(default_factory=list)
    dirty: dict[str, Declaration] = field(default_factory=dict)
    spans: list[SpanEnded] = field(default_factory=list)
    hours: list[TimePassed] = field(default_factory=list)
    expectations: Expectations | None = None


class LogBroken(Exception):
    """The log does not continue where the state ends: records are missing, or it is another log."""


class PartitionFold:
    """A partition's states and how far its log has been folded. Mutable; `current` is the record being folded, so that
    whoever catches an error can name it.

    `mine` says of a declaration id whether it belongs to this partition; one that does not would be followed twice.
    New declarations are born in `epoch`. `index` knows the states that are not in memory.
    """

    def __init__(
        self,
        tables: Tables,
        states: Iterable[Declaration] = (),
        progress: Progress | None = None,
        set_aside: Mapping[int, str] | None = None,
        mine: Callable[[str], bool] = lambda _: True,
        epoch: int = 0,
        index: Index | None = None,
        expectations: Expectations | None = None,
    ) -> None:
        self.stream_time: datetime | None = progress.stream_time if progress else None
        self.partition = Partition(
            tables=tables,
            states=states,
            ended=frozenset(progress.ended_backfills) if progress else frozenset(),
            epoch=epoch,
            index=index,
            expectations=expectations,
            stream_time=self.stream_time,
        )
        self.position = progress.position if progress else NOTHING_YET
        self.external_clock = progress.external_clock if progress else False
        counts = progress.counts if progress else ()
        self.counts: dict[CountKey, int] = {(each.authority, each.format, each.result): each.count for each in counts}
        self.set_aside = set_aside or {}
        self.mine = mine
        self.current: InputRecord | None = None

    def fold(self, records: Iterable[InputRecord]) -> Batch:
        """Fold records in the order of the log; those at or below `position` have been. Raises `LogBroken`."""
        batch = Batch()
        for record in records:
            if record.position <= self.position:
                continue
            if record.position != self.position + 1 and not self._passed_over(record.position, batch):
                self.current = None
                raise LogBroken(f"after offset {self.position} comes {record.position}: records in between are gone")
            self.current = record
            self._take(record, batch)
            self.position = record.position
        self.current = None
        return batch

    def _passed_over(self, until: int, batch: Batch) -> bool:
        """Whether all before `until` is set aside: a batch that cannot be read, whose inputs are dead without bytes."""
        while self.position + 1 < until and (reason := self.set_aside.get(self.position + 1)):
            self._dead(InputRecord("", b"", (), self.position + 1), batch, reason, "operator")
            self.position += 1
        return self.position + 1 == until

    def _take(self, record: InputRecord, batch: Batch) -> None:
        if aside := self.set_aside.get(record.position) or why_set_aside(record):
            return self._dead(record, batch, aside, "operator")
        before = self.partition.states.get(record.key)
        if before is None and record.key and not self.mine(record.key):
            return self._dead(record, batch, ELSEWHERE, "tracker")
        try:
            given = read_input(record, self.partition.tables)
        except InvalidMessage as error:
            return self._dead(record, batch, error.reason, "tracker")
        if isinstance(given, ExpectationsInput):
            return self._expect(given, batch)
        if isinstance(given, Sealed):
            return self._count("", format_of(given), "applied")
        steps = self.partition.fold(record.key, given)
        for step in steps:
            batch.events += step.events
            batch.sends += step.sends
            if step.outcome == "applied":
                batch.dirty[step.declaration.id] = step.declaration
        if isinstance(given, Clock):
            if not is_ahead(given):
                self._pass_time(given, record.position, batch)
        elif steps and not isinstance(given, BackfillEnd):
            batch.spans += _ended(before, steps[-1].declaration, given, self.partition.tables)
        return self._count(record.key, format_of(given), _result(given, steps))

    def _pass_time(self, given: Clock, position: int, batch: Batch) -> None:
        if passed := time_passed(self.stream_time, self.partition.epoch, position, given.at):
            batch.hours.append(passed)
        self.stream_time, self.external_clock = given.at, given.external

    def _expect(self, given: ExpectationsInput, batch: Batch) -> None:
        """A table: it takes the place of an older one."""
        held = self.partition.expectations
        self.partition.fold("", given)
        if (table := self.partition.expectations) is not held:
            batch.expectations = table
        self._count("", format_of(given), "ignored" if table is held else "applied")

    def _dead(self, record: InputRecord, batch: Batch, reason: str, stage: Literal["tracker", "operator"]) -> None:
        batch.dead.append(DeadInput(record, reason, stage))
        self._count(record.key, "unread", "dead_letter")

    def _count(self, declaration: str, what: str, result: Result) -> None:
        authority = declaration.partition(":")[0]
        key = (authority if authority in self.partition.tables.authorities else "", what, result)
        self.counts[key] = self.counts.get(key, 0) + 1


def _result(given: Input, steps: list[Step]) -> Result:
    """One word for what an input did. One that had been folded before a restart (no step) did what it did then."""
    if isinstance(given, Clock):
        return "ignored" if is_ahead(given) else "applied"
    outcomes = [step.outcome for step in steps]
    if not outcomes or "applied" in outcomes:
        return "applied"
    return "duplicate" if "duplicate" in outcomes else "ignored"


def _ended(before: Declaration | None, after: Declaration, given: Input, tables: Tables) -> list[SpanEnded]:
    """The spans that this input ended. Those that the facts of an alias end by themselves were counted there."""
    held = before.track.milestones if before else {}
    if after.track.milestones is held or after.merged_into or not (ended := lengths(after.track.milestones)):
        return []
    known = lengths(held)
    if isinstance(given, FactsInput):
        known |= lengths(fold(given.receipts, tables).milestones)
    direction = after.track.details.get("direction", "")
    return [SpanEnded(span, direction, seconds) for span, seconds in ended.items() if span not in known]
