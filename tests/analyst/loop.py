"""Trackers, analysts and whoever compares, in memory: all that lies between a log and itself, step by step.

Whoever dies goes on from what it noted last: it folds again and writes again, as the real ones do. Then the filings
have been compacted.
"""

import asyncio
import random
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from clearance.analyst.comparing import Comparing
from clearance.analyst.following import Followed, filing, followed
from clearance.events.anomalies.repetition import RULE
from clearance.events.filings.filing import Filing
from clearance.events.log.input_records import InputRecord, input_record
from clearance.events.partition.batch import PartitionFold
from clearance.events.receipts.related import Says
from clearance.events.step.outputs import AnomalyOpened, Event
from clearance.kafka.clients import partition_of
from clearance.kafka.filing_records import filing_record
from clearance.kafka.names import BASE
from clearance.kafka.wire import Outgoing, incoming_input
from clearance.settings.tables import default_tables
from clearance.stages.writing import Lot

TABLES = default_tables()


class Record(NamedTuple):
    """As a consumer gives it."""

    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    offset: int
    timestamp: int = 0


class Death(Exception):
    """Before something is written."""


class Analyst:
    """The part of an analyst that tells the filings of one partition. `kept` is what it goes on from after a death."""

    def __init__(self) -> None:
        self.held: dict[str, Followed] = {}
        self.place = 0
        self.kept: tuple[dict[str, Followed], int] = ({}, 0)

    def take(self, events: list[Event]) -> list[Filing]:
        told = []
        for event in events:
            held = self.held.get(event.declaration, Followed())
            now = followed(held, event, TABLES.numbers)
            if now is not held and (one := filing(held, now, event, TABLES)):
                told.append(one)
            self.held[event.declaration] = now
        self.place += len(events)
        return told

    def keep(self) -> None:
        self.kept = (dict(self.held), self.place)

    def die(self) -> None:
        held, self.place = self.kept
        self.held = dict(held)


class Loop:
    """So many partitions. `chance` says who works next, on how much, and who dies."""

    def __init__(self, partitions: int, chance: random.Random, deaths: float = 0.0) -> None:
        self.chance, self.deaths = chance, deaths
        self.folds = [PartitionFold(TABLES) for _ in range(partitions)]
        self.logs: list[list[InputRecord]] = [[] for _ in range(partitions)]
        self.events: list[list[Event]] = [[] for _ in range(partitions)]
        self.analysts = [Analyst() for _ in range(partitions)]
        self.filings: list[Record] = []
        self.offsets = 0
        self.comparing = self._begun()
        self.told: list[Outgoing] = []

    def run(self, inputs: Iterable[InputRecord]) -> "Loop":
        with asyncio.Runner() as self.runner:
            for one in inputs:
                self.append(one)
                self.work(self.chance.randrange(4))
            self.work(None)
        return self

    def append(self, one: InputRecord) -> None:
        log = self.logs[partition_of(one.key.encode(), len(self.logs))]
        log.append(replace(one, position=len(log)))

    def work(self, steps: int | None) -> None:
        """So many steps, or until nothing is left to do."""
        while steps is None or steps > 0:
            todo = [*self._todo()]
            if not todo:
                return
            what, number = self.chance.choice(todo)
            getattr(self, what)(number)
            steps = None if steps is None else steps - 1

    def _todo(self) -> Iterable[tuple[str, int]]:
        for number, log in enumerate(self.logs):
            if self.folds[number].position + 1 < len(log):
                yield "track", number
            if self.analysts[number].place < len(self.events[number]):
                yield "analyse", number
        if self._unread():
            yield "compare", 0

    def track(self, number: int) -> None:
        fold = self.folds[number]
        start = fold.position + 1
        batch = fold.fold(self.logs[number][start : start + self._some()])
        assert not batch.dead
        self.events[number] += batch.events
        for send in batch.sends:
            self.append(input_record(send.to, send.input))

    def analyse(self, number: int) -> None:
        analyst = self.analysts[number]
        for one in analyst.take(self.events[number][analyst.place :][: self._some()]):
            self._write(filing_record(one))
        if self._dies():
            analyst.die()
        else:
            analyst.keep()

    def compare(self, _: int) -> None:
        self.comparing.take(self._unread()[: self._some()])
        try:
            self.runner.run(self.comparing.tell(self._tell))
            if self._dies():  # behind what it wrote
                raise Death
        except Death:
            self._compact()
            self.comparing = self._begun()

    async def _tell(self, lot: Lot) -> None:
        if self._dies():
            raise Death
        for one in lot.records:
            if lot.topic == BASE.filings:
                self._write(one)
            else:
                self.told.append(one)
                self.append(incoming_input(Record(one.key, one.value, tuple(one.headers), 0)))

    def _write(self, one: Outgoing) -> None:
        self.filings.append(Record(one.key, one.value, (), self.offsets))
        self.offsets += 1

    def _compact(self) -> None:
        last = {one.key: one.offset for one in self.filings}
        self.filings = [one for one in self.filings if one.offset == last[one.key]]

    def _unread(self) -> list[Record]:
        return [one for one in self.filings if one.offset > self.comparing.place]

    def related(self) -> dict[str, tuple[Says, tuple[str, ...]]]:
        """What each that stands for itself is related to, and the states of its anomalies of that rule."""
        states = [state for fold in self.folds for state in fold.partition.states.values() if not state.merged_into]
        anomalies = {one.id: sorted(a.state for a in one.ledger.anomalies.values() if a.rule == RULE) for one in states}
        return {one.id: (one.facts.related.says, tuple(anomalies[one.id])) for one in states}

    def open(self) -> set[tuple[str, datetime, str, str, str]]:
        """The anomalies that are open: whose, when, how severe, and what they say."""
        states = [state for fold in self.folds for state in fold.partition.states.values()]
        every = [(state.id, one) for state in states for one in state.ledger.anomalies.values() if one.rule == RULE]
        return {
            (name, one.deadline, one.severity, one.says, str(one.about)) for name, one in every if one.state == "open"
        }

    def opened(self) -> list[str]:
        """Each time that the anomaly opened, by the declaration."""
        events = [event for some in self.events for event in some]
        return sorted(
            one.declaration for one in events if isinstance(one.data, AnomalyOpened) and one.data.anomaly.rule == RULE
        )

    def _begun(self) -> Comparing:
        return Comparing(BASE, end=self.offsets)

    def _some(self) -> int:
        return self.chance.randint(1, 5)

    def _dies(self) -> bool:
        return self.chance.random() < self.deaths
