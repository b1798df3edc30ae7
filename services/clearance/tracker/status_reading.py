"""Which records of a partition of `declaration-status` a restore reads: what its index does not know yet.

Of what the index knows it needs the states that something is still to come for, and reads them where they lie. Where
one is not there, the index is of something else, and all is read.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer

from clearance.events.partition.index import Entry
from clearance.kafka import clients
from clearance.tracker.status_scan import BREATH, StatusScan

log = structlog.get_logger()
GAP = 200
"""Records that are read and not needed, rather than asking for what comes after them by itself."""


async def read_states(scan: StatusScan, reader: AIOKafkaConsumer, held: range) -> None:
    """All that the partition holds at these offsets; the index is kept then.

    Raises `CannotContinue`, `IndexBroken`, and what the broker raises.
    """
    known_to = scan.index.read_to
    wanted = scan.index.not_over() if known_to <= held.stop else {}
    missing = wanted.keys() - await _read_places(scan, reader, wanted)
    await _read_on(scan, reader, range(max(held.start, known_to), held.stop))
    now = scan.index.find(missing)
    gone = [name for name in missing if now[name] == wanted[name]]
    if gone or known_to > held.stop:
        await _anew(scan, reader, held, lacks=min(gone, default=f"offset {known_to - 1}"))
    if not scan.stale:
        scan.index.write(held.stop)


async def _anew(scan: StatusScan, reader: AIOKafkaConsumer, held: range, lacks: str) -> None:
    log.warning("index_dropped", topic=scan.names.status, partition=scan.number, lacks=lacks)
    scan.clear()
    await _read_on(scan, reader, held)


async def _read_on(scan: StatusScan, reader: AIOKafkaConsumer, stretch: range) -> None:
    """Everything from where the index knows all. What is kept meanwhile does not reach beyond an old record that is to
    be written over: the next restore must find it too."""
    async for some in _few(scan, reader, stretch):
        scan.take(scan.placed(some))
        if not scan.stale:
            scan.index.keep(some[-1].offset + 1)


async def _read_places(scan: StatusScan, reader: AIOKafkaConsumer, wanted: Mapping[str, Entry]) -> set[str]:
    """The records at these offsets, and no others; of whom one was there."""
    found = set()
    for stretch in _stretches(sorted(entry.place for entry in wanted.values())):
        async for some in _few(scan, reader, stretch):
            for one in scan.placed(some):
                if (entry := wanted.get(one.name)) and (entry.src, entry.place) == (one.head.src, one.place):
                    scan.hold(one)
                    found.add(one.name)
    return found


async def _few(scan: StatusScan, reader: AIOKafkaConsumer, stretch: range) -> AsyncIterator[list[Any]]:
    """A few records at a time, with a turn of the event loop in between."""
    async for records in clients.read_stretch(reader, scan.names.status, scan.number, stretch.start, stretch.stop):
        scan.records += len(records)
        for first in range(0, len(records), BREATH):
            yield records[first : first + BREATH]
            await asyncio.sleep(0)


def _stretches(places: Iterable[int]) -> Iterator[range]:
    """The offsets from one of these to another, without wide gaps."""
    start = end = -1
    for place in places:
        if start >= 0 and place - end > GAP:
            yield range(start, end)
            start = -1
        start, end = (place if start < 0 else start), place + 1
    if start >= 0:
        yield range(start, end)
