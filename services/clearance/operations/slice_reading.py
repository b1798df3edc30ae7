"""Read a slice of `declaration-inputs`: by declaration, by time, by offset."""

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from aiokafka import AIOKafkaConsumer

from clearance.events.log.input_records import InputRecord
from clearance.kafka import epochs
from clearance.kafka.clients import ends, partition_of, read_stretch
from clearance.kafka.names import BASE, Names
from clearance.kafka.wire import incoming_input
from clearance.operations.errors import OperationRefused
from clearance.operations.readers import reading
from clearance.operations.slices import Kin, Slice, TooMany

Bound = int | datetime | None
"""An offset, a time of the broker, or no bound."""
Meter = Callable[[str, int], Callable[[int], None]]
"""Told what is read and how many records that are; gives what is told of each stretch of them."""


@dataclass(frozen=True)
class SliceWanted:
    """Which records are meant: those that agree with all that is given. `until` itself is not meant."""

    declarations: tuple[str, ...]
    partitions: tuple[int, ...]
    since: Bound
    until: Bound
    limit: int

    @property
    def source(self) -> str:
        """Where the slice lies; not whose it was."""
        partitions = f", partition {', '.join(map(str, self.partitions))}" if self.partitions else ""
        bounds = "".join(
            f", {word} {bound}" for word, bound in (("from", self.since), ("to", self.until)) if bound is not None
        )
        return f"{BASE.inputs}{partitions}{bounds}, names and numbers replaced"


class LogReader:
    """Reads partitions of the log one after the other, and tells a meter how far it is."""

    def __init__(self, reader: AIOKafkaConsumer, meter: Meter, base: Names) -> None:
        self._reader, self._meter, self.base = reader, meter, base

    async def records(
        self, partitions: Iterable[int], what: str, since: Bound = None, until: Bound = None
    ) -> AsyncIterator[tuple[int, InputRecord]]:
        """(partition, record), up to the present end of each."""
        for partition in partitions:
            first, after = await ends(self._reader, self.base.inputs, partition)
            start = max(first, since) if isinstance(since, int) else first
            end = min(after, until) if isinstance(until, int) else after
            advance = self._meter(f"{what} partition {partition}", max(0, end - start))
            async for fetched in read_stretch(self._reader, self.base.inputs, partition, start, end):
                for record in map(incoming_input, fetched):
                    if _within(record.timestamp_ms or 0, since, until):
                        yield partition, record
                advance(len(fetched))


def _within(timestamp_ms: int, since: Bound, until: Bound) -> bool:
    after = not isinstance(since, datetime) or timestamp_ms >= since.timestamp() * 1000
    return after and (not isinstance(until, datetime) or timestamp_ms < until.timestamp() * 1000)


async def read_slice(bootstrap: str, wanted: SliceWanted, meter: Meter) -> Slice:
    """What was selected. Raises `BrokerError`, and `OperationRefused` if it is nothing, or too much."""
    async with reading(bootstrap) as reader:
        log = LogReader(reader, meter, (await epochs.current(reader)).names().of_base)
        if absent := {*wanted.partitions} - {*log.base.numbers}:
            raise OperationRefused(
                f"partition {min(absent)}: {log.base.inputs} has partitions 0 to {log.base.numbers[-1]}"
            )
        keys = await _keys(log, wanted.declarations)
        try:
            return await _taken(log, wanted, keys)
        except TooMany as error:
            raise OperationRefused(
                f"the slice holds more than {wanted.limit:,} messages: narrow it, or raise --limit"
            ) from error


async def _keys(log: LogReader, declarations: Iterable[str]) -> set[str]:
    """The ids under which the messages of these declarations are filed; none if none is asked for."""
    if not declarations:
        return set()
    kin = Kin()
    async for _, record in log.records(log.base.numbers, "looking for numbers in"):
        kin.note(record)
    for number in declarations:
        if not kin.of(number):
            raise OperationRefused(
                f"no message is filed under {number}: ask `clearance status {number}` for the declaration's id"
            )
    return set[str]().union(*map(kin.of, declarations))


async def _taken(log: LogReader, wanted: SliceWanted, keys: set[str]) -> Slice:
    selected, latest = Slice(wanted.limit), dict[int, int]()
    held = {partition_of(key.encode(), log.base.base.partitions) for key in keys} or log.base.numbers
    partitions = [number for number in held if not wanted.partitions or number in wanted.partitions]
    async for partition, record in log.records(partitions, "taking from", wanted.since, wanted.until):
        latest[partition] = max(latest.get(partition, 0), record.timestamp_ms or 0)
        if not keys or not record.key or record.key in keys:
            selected.take(record, (latest[partition], partition, record.position))
    return selected
