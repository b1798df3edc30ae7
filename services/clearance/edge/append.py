"""Arrivals into the log: appended and acknowledged, or kept as a dead letter, and the next one is taken.

The surprise: what cannot be filed is a dead letter before it was ever an input, so it has no key and stands in
partition 0. What could not even be read has no bytes to keep; it is only reported. What the log refuses because it is
being moved is handed over again where it lies then.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from clearance.edge.intake import records_of
from clearance.edge.last_messages import LastMessages
from clearance.edge.letters import TooLarge, dead_letter, too_large
from clearance.edge.open_log import Log, OpenLog, Sealed, open_log
from clearance.edge.outcomes import ArrivalResult, TakenArrival
from clearance.edge.slowing import Slowing
from clearance.events.log.input_records import InputRecord, input_record
from clearance.events.log.inputs import BackfillEnd, Clock, Input
from clearance.events.partition.replay import Arrival
from clearance.events.tables.tables import Tables
from clearance.events.values.errors import InvalidMessage
from clearance.kafka.clients import partition_of, skew_seconds
from clearance.kafka.errors import BrokerError
from clearance.kafka.places import Place
from clearance.kafka.wire import Outgoing, outgoing_input
from clearance.metrics import Board
from clearance.settings.clock import monotonic, utc_now
from clearance.settings.tables import default_tables

IN_FLIGHT = 500
"""Arrivals that `take_many` has handed over and that are not acknowledged yet, at most."""
PATIENCE_SECONDS = 60.0
"""How long the broker may take to acknowledge. The producer itself tries for ever, so as not to lose its numbering."""
WITHOUT_KEY = 0
"""The partition of dead letters without a key."""


@dataclass(slots=True)
class _Waiting:
    """An arrival that the producer has, and the broker not yet. `log` is where it was handed over."""

    log: Log
    arrival: Arrival | TooLarge
    result: ArrivalResult
    reason: str = ""
    sent: "list[asyncio.Future[Any]]" = field(default_factory=list)
    authority: str = ""
    declarations: tuple[str, ...] = ()

    @property
    def connection(self) -> str:
        given = self.arrival
        return given.organisation if isinstance(given, Arrival) else given.beginning.organisation


class Edge:
    """Writes inputs. Whatever it returns has been acknowledged by the broker. All methods raise `BrokerError`.

    `worked_at` is when it last had done what there was to do [s, monotonic]; `skew` is how far the wall clock was ahead
    of the broker's at the last acknowledgement [s], None while no broker has said.
    """

    def __init__(
        self,
        log: OpenLog,
        tables: Tables,
        board: Board | None = None,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self.log = log
        self.patience_seconds = patience_seconds
        self._board = board
        self._tables = tables
        self._slowing = Slowing()
        self._last_messages = LastMessages()
        self.worked_at = monotonic()
        self.skew: float | None = None
        if board is not None:
            board.add("clearance_edge_messages_total", "refused", by=0)  # Prometheus sees no rise in what begins at 1
            board.at_scrape("clearance_edge_last_message_age_seconds", self._last_messages.ages)

    async def take(self, arrival: Arrival | TooLarge) -> TakenArrival:
        """Append one arrival, in one record for each declaration that it speaks of; or refuse it."""
        return await self._first(deque([await self._hand_over(arrival)]))

    async def take_many(self, arrivals: Iterable[Arrival | TooLarge]) -> AsyncIterator[TakenArrival]:
        """The same for many, without waiting for each: in their order, a bounded number on their way at a time."""
        waiting: deque[_Waiting] = deque()
        for arrival in arrivals:
            waiting.append(await self._hand_over(arrival))
            if len(waiting) >= IN_FLIGHT:
                yield await self._first(waiting)
        while waiting:
            yield await self._first(waiting)

    async def append(self, record: InputRecord, partition: int | None = None) -> Place:
        """Append a record as it stands; one without a key needs a `partition`."""
        log = self.log.now
        number = _partitions_of(log, record.key)[0] if partition is None else partition
        try:
            return await self._done(await self._send(log, log.names.inputs, number, outgoing_input(record)))
        except Sealed:
            await self.log.elsewhere(log, self.patience_seconds)
            if partition is not None:
                raise BrokerError(f"{log.names.inputs} was moved: name a partition of the new one") from None
            return await self.append(record)

    async def pass_time(self, at: datetime, external: bool) -> None:
        """It is `at` now, in every partition. `external`: a simulator says so, and the tracker writes no clocks."""
        await self._everywhere(Clock(at=at, external=external))

    async def end_backfill(self, backfill: str, at: datetime) -> None:
        """The history marked `backfill` is complete, in every partition."""
        await self._everywhere(BackfillEnd(at=at, backfill=backfill))

    async def _first(self, waiting: deque[_Waiting]) -> TakenArrival:
        """The first of them, when it is acknowledged. What the log has refused because it is being moved is handed over
        again, in order, when that has ended."""
        while True:
            try:
                taken = await self._acknowledged(waiting[0])
                waiting.popleft()
                return taken
            except Sealed:
                await self.log.elsewhere(waiting[0].log, self.patience_seconds)
                for _ in range(len(waiting)):
                    one = waiting.popleft()
                    waiting.append(await self._hand_over(one.arrival) if await _is_refused(one) else one)

    async def _hand_over(self, arrival: Arrival | TooLarge) -> _Waiting:
        log = self.log.now
        if isinstance(arrival, TooLarge):
            return await self._set_aside(log, arrival, arrival.reason)
        if large := too_large(arrival):
            return await self._set_aside(log, large, large.reason)
        if arrival.refusal:
            return _Waiting(log, arrival, "unreadable", arrival.refusal)
        try:
            records = records_of(arrival, self._tables)
        except InvalidMessage as error:
            return await self._set_aside(log, arrival, error.reason)
        keys = tuple(record.key for record in records if record.key)
        waiting = _Waiting(log, arrival, "appended", authority=records[0].key.partition(":")[0], declarations=keys)
        for record in records:
            for partition in _partitions_of(log, record.key):
                waiting.sent.append(await self._send(log, log.names.inputs, partition, outgoing_input(record)))
        return waiting

    async def _set_aside(self, log: Log, given: Arrival | TooLarge, reason: str) -> _Waiting:
        key, letter = dead_letter(given, reason, self._tables)
        partition = _partitions_of(log, key)[0] if key else WITHOUT_KEY
        sent = await self._send(log, log.names.dead_letters, partition, letter)
        beginning = given.beginning if isinstance(given, TooLarge) else given
        await self._slow(beginning)
        return _Waiting(log, given, "refused", reason, [sent], authority=beginning.authority)

    async def _slow(self, refused: Arrival) -> None:
        if wait := self._slowing.refused(refused.organisation):
            if self._board is not None:
                self._board.add("clearance_edge_slowed_seconds_total", by=wait)
            await asyncio.sleep(wait)

    async def _everywhere(self, given: Input) -> None:
        record, log = outgoing_input(input_record("", given)), self.log.now
        sent = [await self._send(log, log.names.inputs, partition, record) for partition in log.names.numbers]
        try:
            for future in sent:
                await self._done(future)
        except Sealed:  # whichever had it already gets it once more: a time or an end that was told is told
            await self.log.elsewhere(log, self.patience_seconds)
            await self._everywhere(given)

    async def _send(self, log: Log, topic: str, partition: int, record: Outgoing) -> "asyncio.Future[Any]":
        try:
            sent: asyncio.Future[Any] = await log.producer.send(
                topic, record.value, record.key, partition=partition, headers=record.headers
            )
        except KafkaError as error:
            raise _lost(str(error)) from error
        sent.add_done_callback(self._seen)
        return sent

    def _seen(self, sent: "asyncio.Future[Any]") -> None:
        """The first failure is raised; those of the arrivals behind it are not complained of once more."""
        if not sent.cancelled() and sent.exception() is None:
            self.worked_at, self.skew = monotonic(), skew_seconds(sent.result(), utc_now())

    async def _acknowledged(self, waiting: _Waiting) -> TakenArrival:
        placed = [await self._done(future) for future in waiting.sent]
        if self._board is not None:
            self._board.add("clearance_edge_messages_total", waiting.result)
            self._last_messages.came(waiting.connection, waiting.authority)
        appended = tuple(placed) if waiting.result == "appended" else ()
        return TakenArrival(waiting.arrival, waiting.result, appended, waiting.declarations, waiting.reason)

    async def _done(self, sent: "asyncio.Future[Any]") -> Place:
        try:
            written = await asyncio.wait_for(sent, self.patience_seconds)
        except MessageSizeTooLargeError as error:
            raise Sealed(str(error)) from error
        except KafkaError as error:
            raise _lost(str(error)) from error
        except TimeoutError as error:
            raise _lost(f"within {self.patience_seconds:.0f} s") from error
        return Place(written.topic, written.partition, written.offset)


def _partitions_of(log: Log, key: str) -> Sequence[int]:
    return [partition_of(key.encode(), log.names.base.partitions)] if key else log.names.numbers


async def _is_refused(waiting: _Waiting) -> bool:
    told = await asyncio.gather(*waiting.sent, return_exceptions=True)
    return any(isinstance(one, MessageSizeTooLargeError) for one in told)


def _lost(why: str) -> BrokerError:
    return BrokerError(
        f"the broker did not acknowledge an input ({why}): once it is back, send again what was not taken"
    )


@asynccontextmanager
async def open_edge(
    bootstrap: str, board: Board | None = None, patience_seconds: float = PATIENCE_SECONDS
) -> AsyncIterator[Edge]:
    """An edge with a log of its own, which is closed at the end. Raises `BrokerError`."""
    async with open_log(bootstrap) as log:
        yield Edge(log, default_tables(), board, patience_seconds)
