"""Read a slice of `declaration-inputs`: by declaration, by time, by offset."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime

import typer
from aiokafka import AIOKafkaConsumer
from rich.progress import Progress

from clearance.cli.broker import reading
from clearance.cli.slices import Kin, Slice, TooMany
from clearance.contracts import topics
from clearance.events.log.input_records import InputRecord
from clearance.kafka.clients import ends, partition_of, read_stretch
from clearance.kafka.names import BASE
from clearance.kafka.wire import incoming_input

PARTITIONS = topics()[BASE.inputs].partitions
Bound = int | datetime | None
"""An offset, a time of the broker, or no bound."""


@dataclass(frozen=True)
class Wanted:
    """Which records are meant: those that agree with all that is given. `until` itself is not meant."""

    declarations: tuple[str, ...]
    partitions: tuple[int, ...]
    since: Bound
    until: Bound
    limit: int


class LogReader:
    """Reads partitions of the log one after the other, with a bar."""

    def __init__(self, reader: AIOKafkaConsumer, bar: Progress) -> None:
        self._reader, self._bar = reader, bar

    async def records(
        self, partitions: Iterable[int], what: str, since: Bound = None, until: Bound = None
    ) -> AsyncIterator[tuple[int, InputRecord]]:
        """(partition, record), up to the present end of each."""
        for partition in partitions:
            first, after = await ends(self._reader, BASE.inputs, partition)
            start = max(first, since) if isinstance(since, int) else first
            end = min(after, until) if isinstance(until, int) else after
            task = self._bar.add_task(f"{what} partition {partition}", total=max(0, end - start))
            async for fetched in read_stretch(self._reader, BASE.inputs, partition, start, end):
                for record in map(incoming_input, fetched):
                    if _within(record.timestamp_ms or 0, since, until):
                        yield partition, record
                self._bar.advance(task, len(fetched))


def _within(timestamp_ms: int, since: Bound, until: Bound) -> bool:
    after = not isinstance(since, datetime) or timestamp_ms >= since.timestamp() * 1000
    return after and (not isinstance(until, datetime) or timestamp_ms < until.timestamp() * 1000)


async def read_slice(bootstrap: str, wanted: Wanted, bar: Progress) -> Slice:
    """What was selected. Raises `BrokerError`, and `typer.BadParameter` if it is nothing, or too much."""
    async with reading(bootstrap) as reader:
        log = LogReader(reader, bar)
        keys = await _keys(log, wanted.declarations)
        try:
            return await _taken(log, wanted, keys)
        except TooMany as error:
            raise typer.BadParameter(
                f"the slice holds more than {wanted.limit:,} messages: narrow it, or raise --limit"
            ) from error


async def _keys(log: LogReader, declarations: Iterable[str]) -> set[str]:
    """The ids under which the messages of these declarations are filed; none if none is asked for."""
    if not declarations:
        return set()
    kin = Kin()
    async for _, record in log.records(range(PARTITIONS), "looking for numbers in"):
        kin.note(record)
    for number in declarations:
        if not kin.of(number):
            raise typer.BadParameter(
                f"no message is filed under {number}: ask `clearance status {number}` for the declaration's id"
            )
    return set[str]().union(*map(kin.of, declarations))


async def _taken(log: LogReader, wanted: Wanted, keys: set[str]) -> Slice:
    found, latest = Slice(wanted.limit), dict[int, int]()
    held = {partition_of(key.encode(), PARTITIONS) for key in keys} or range(PARTITIONS)
    partitions = [one for one in held if not wanted.partitions or one in wanted.partitions]
    async for partition, record in log.records(partitions, "taking from", wanted.since, wanted.until):
        latest[partition] = max(latest.get(partition, 0), record.timestamp_ms or 0)
        if not keys or not record.key or record.key in keys:
            found.take(record, (latest[partition], partition, record.position))
    return found
