"""An analyst that dies between any two of its writes tells the same of each day, and tells nothing else."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any, NamedTuple

import msgspec
from hypothesis import example, settings
from hypothesis import given as drawn
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.helpers.extent import examples
from tests.helpers.input_records import learned
from tests.helpers.input_records import told as input_of
from tests.helpers.partition_logs import logged
from tests.helpers.recordings import STORIES

from clearance.analyst.analyst import Analyst, Held, Partition
from clearance.events.filings.filing import Filing
from clearance.events.incidents.lookout import WaitsTold
from clearance.events.learning.expectations import Expectations
from clearance.events.learning.part import Part
from clearance.events.learning.tally import IN_TIME, OVERDUE, RUNNING
from clearance.events.log.input_records import InputRecord, input_record
from clearance.events.log.inputs import Clock
from clearance.events.log.readers_rule import Numbered, newer_state
from clearance.events.partition.batch import Batch, PartitionFold
from clearance.events.step.outputs import Merged
from clearance.kafka.filing_records import read_filing
from clearance.kafka.incident_records import read_waits
from clearance.kafka.names import BASE
from clearance.kafka.part_records import read_part
from clearance.kafka.topics import Identity
from clearance.kafka.wire import Outgoing
from clearance.metrics import Board
from clearance.metrics.declared import ANALYST
from clearance.settings.tables import default_tables
from clearance.stages.log_checks import InputLog
from clearance.tracker.preparing import events_and_hours

from .oracle import expected

FIRST = datetime(2026, 3, 1, 12, tzinfo=UTC)
IDENTITY = Identity(
    "cluster", {BASE.events: "e", BASE.parts: "p", BASE.analyst_states: "s", BASE.analyst_progress: "g"}
)
LOG = InputLog(BASE.events, 3, "cluster", "e", 0, 0)
LEARNED = Expectations(
    1, FIRST, {(stage, "cn", *"****"): learned(3 * 3600) for stage in ("draft", "submitted", "received", "reviewed")}
)
LONGEST = sorted(STORIES, key=lambda story: len(logged(story)))[-12:]


def a_day_passes_now_and_then(records: Sequence[InputRecord]) -> list[InputRecord]:
    """These inputs, with half a day of stream time after every second one."""
    found = [input_record("", Clock(at=FIRST)), input_record("", input_of(LEARNED))]
    for place, record in enumerate(records):
        found.append(record)
        if place % 2:
            found.append(input_record("", Clock(at=FIRST + timedelta(hours=6 * place))))
    return [replace(record, position=position) for position, record in enumerate(found)]


class Story(NamedTuple):
    """What the analyst reads, and what it must tell."""

    records: list[Any]
    parts: list[Part]
    batch: Batch


@cache
def story(one: str, other: str, backwards: bool) -> Story:
    """Two recordings, their messages as they came or the last first: then all come late."""
    records = logged(*dict.fromkeys([one, other]))
    log = a_day_passes_now_and_then(records[::-1] if backwards else records)
    batch = PartitionFold(default_tables()).fold(log)
    written = events_and_hours(batch, 3)
    read = [SimpleNamespace(**_fields(record), offset=offset) for offset, record in enumerate(written)]
    return Story(read, [*expected(batch.events, batch.hours, 3)], batch)


def _fields(record: Outgoing) -> dict[str, Any]:
    return {"key": record.key, "value": record.value, "headers": tuple(record.headers)}


@dataclass
class Topics:
    """What has been written. It stands for the writer of the stage, too: `waiting` is what a batch is to write."""

    parts: list[Outgoing] = field(default_factory=list)
    waits: list[Outgoing] = field(default_factory=list)
    filings: list[Outgoing] = field(default_factory=list)
    states: list[Outgoing] = field(default_factory=list)
    position: int = -1
    waiting: list[tuple[list[Outgoing], Outgoing]] = field(default_factory=list)

    async def batch(self, _: Partition, prepared: Any) -> None:
        """In the order of every stage: outputs, then states."""
        outputs = [(self.parts, record) for lot in prepared.outputs for record in lot.records]
        sends = {BASE.waits: self.waits, BASE.filings: self.filings}
        outputs += [(sends[lot.topic], record) for lot in prepared.sends for record in lot.records]
        self.waiting = [*outputs, *((self.states, record) for _, record in prepared.states)]

    def go_on(self, count: int) -> None:
        for topic, record in self.waiting[:count]:
            topic.append(record)
        del self.waiting[:count]

    def restored(self, stage: Analyst) -> Partition:
        """What a restart continues from."""
        owned = Partition(3, stage.topics, LOG, stage._fold, self.position)
        best: dict[str, Numbered] = {}
        for record in self.states:
            name, head = (record.key or b"").decode(), dict(record.headers)
            version = Numbered(int(head["epoch"]), int(head["src"]))
            if newer_state(best.get(name), version):
                best[name] = version
                owned.remember(name, msgspec.json.decode(record.value or b"", type=Held), version)
        stage.derive(owned)
        return owned


class Life(NamedTuple):
    """How many records it folds at once, and after how many writes it dies; before its progress, or not at all."""

    records: int
    dies_after: int | None


lives = st.lists(st.builds(Life, st.integers(1, 60), st.none() | st.integers(0, 40)), max_size=12)


class Found(NamedTuple):
    """What readers find in the end: parts, waits and filings, without repeats."""

    parts: list[Part]
    waits: list[WaitsTold]
    filings: list[Filing]


def run(records: Sequence[Any], schedule: list[Life]) -> Found:
    topics = Topics()
    stage = Analyst("", BASE, IDENTITY, default_tables(), Board(ANALYST))
    stage.writer = topics  # type: ignore[assignment] # all of it that a batch needs
    owned = topics.restored(stage)
    for life in [*schedule, Life(len(records), None)]:
        start = owned.place + 1
        asyncio.run(stage.batch(owned, records[start : start + life.records]))
        topics.go_on(len(topics.waiting) if life.dies_after is None else life.dies_after)
        if life.dies_after is None:
            topics.position = owned.place
        else:
            owned = topics.restored(stage)
    return Found(once(topics.parts), without_repeats(topics.waits), as_the_book_takes_them(topics.filings))


def without_repeats(records: Sequence[Outgoing]) -> list[WaitsTold]:
    """As the lookout takes them: what bears a number that has been told is a repeat."""
    found: list[WaitsTold] = []
    for told in (read_waits(record.value or b"") for record in records):
        if not found or told.src > found[-1].src:
            found.append(told)
    return found


def as_the_book_takes_them(records: Sequence[Outgoing]) -> list[Filing]:
    """Of each declaration those that are newer than the one before."""
    found: dict[str, list[Filing]] = {}
    for filing in (read_filing(record.value or b"") for record in records):
        before = found.setdefault(filing.declaration, [])
        if not before or filing.seq > before[-1].seq:
            before.append(filing)
    return [filing for name in sorted(found) for filing in found[name]]


def once(records: Sequence[Outgoing]) -> list[Part]:
    """Parts in their order, each as it came first; a repeat is the same to the byte."""
    found: dict[tuple[Any, int], bytes | None] = {}
    for record in records:
        value = record.value or b""
        assert found.setdefault((record.key, read_part(value).src), value) == value
    return [read_part(value or b"") for value in found.values()]


@settings(deadline=None, max_examples=examples(100))
@drawn(st.sampled_from(LONGEST), st.sampled_from(LONGEST), st.booleans(), lives)
@example("amendment-after-release", "cut-off-missed-then-moved", False, [Life(8, 11)])
def test_dying_anywhere_changes_nothing_of_what_it_tells(
    one: str, other: str, backwards: bool, schedule: list[Life]
) -> None:
    told = story(one, other, backwards)
    found = run(told.records, schedule)
    assert found.parts == told.parts
    assert found[1:] == undisturbed(one, other, backwards)[1:]


@cache
def undisturbed(one: str, other: str, backwards: bool) -> Found:
    return run(story(one, other, backwards).records, [])


def test_what_is_told_behind_a_time_is_known_after_it() -> None:
    marks, judged = 0, 0
    for story_ in LONGEST:
        last = FIRST
        for told in undisturbed(story_, story_, True).waits:
            if told.mark:
                last, marks = max(last, told.mark), marks + 1
            for _, wait in told.waits:
                judged += 1
                assert (wait.over_at if wait.failed and wait.over_at else wait.judged_at) > last
    assert marks > 20
    assert judged > 10


def test_filings_are_told_in_the_stories_and_so_is_what_they_are_an_alias_of() -> None:
    filings = [one for story_ in LONGEST for one in undisturbed(story_, story_, False).filings]
    assert len(filings) > 3
    assert any(one.into for one in filings)


def test_in_the_stories_numbers_are_merged_and_days_told_again_with_stays_taken_back() -> None:
    every = [story(one, one, backwards) for one in LONGEST for backwards in (False, True)]
    again = 0
    for told in every:
        days: dict[str, set[Any]] = {}
        for part in (part for part in told.parts if part.slice != RUNNING):
            again += bool(days.get(part.slice, set()) - {*part.cohorts})
            days[part.slice] = {*part.cohorts}
    assert again > 2
    judged = {bucket for told in every for part in told.parts for _, counts in part.judged for bucket, _ in counts}
    assert judged == {IN_TIME, OVERDUE}
    assert any(isinstance(event.data, Merged) for told in every for event in told.batch.events)
