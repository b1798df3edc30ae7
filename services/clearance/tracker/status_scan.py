"""The states that a partition of `declaration-status` holds, told apart by their headers.

Of several records of a key the highest (epoch, src) counts, wherever it stands: a worker that was paused may have
written an old one after it. All of it yields to the event loop, so that other partitions keep flowing.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec
import structlog
from aiokafka import AIOKafkaConsumer

from clearance.events.log.readers_rule import Numbered
from clearance.events.partition.batch import NOTHING_YET
from clearance.events.partition.partition import Partition, is_over
from clearance.events.step.state_records import decode_state
from clearance.kafka import clients
from clearance.kafka.names import Names
from clearance.kafka.wire import StatusHead, head_of
from clearance.stages.highest import Highest
from clearance.stages.log_checks import CannotContinue
from clearance.tracker.restore_checks import anew

log = structlog.get_logger()
BREATH = 500
"""Records taken between two turns of the event loop; a tenth as many where states are decoded."""


class Best(NamedTuple):
    """The record of a key that counts so far; without its value if the state is over."""

    version: Numbered
    head: StatusHead
    place: int
    value: bytes | None


@dataclass
class StatusScan:
    """The states by key, folded with `tables` or others. `beyond` is the highest position folded into any."""

    tables: str
    states: Highest[Best] = field(default_factory=Highest)
    beyond: int = NOTHING_YET
    records: int = 0

    def take(self, head: StatusHead, record: Any) -> None:
        """One record more, in the order of the log."""
        needed = head.open or head.deadline is not None or head.backfill or head.tables != self.tables
        self.states.take(record.key, Best(head.version, head, record.offset, record.value if needed else None))


async def scan_status(reader: AIOKafkaConsumer, names: Names, number: int, stretch: range, tables: str) -> StatusScan:
    """Everything at these offsets. Raises what the broker raises."""
    scan = StatusScan(tables)
    async for records in clients.read_stretch(reader, names.status, number, stretch.start, stretch.stop):
        for record in records:
            scan.records += 1
            if (head := _head(names, number, record)) is not None:
                scan.take(head, record)
        await asyncio.sleep(0)
    scan.beyond = max((best.head.src for best in scan.states.best.values()), default=NOTHING_YET)
    return scan


def _head(names: Names, number: int, record: Any) -> StatusHead | None:
    if (head := head_of(record)) is None:
        log.warning("left_out", record=f"{names.status}:{number}:{record.offset}", reason="no state of ours")
    return head


async def hand_to(partition: Partition, scan: StatusScan, names: Names, number: int) -> None:
    """Let the partition remember what was read, of its own epoch. Raises `CannotContinue`."""
    for place, (key, one) in enumerate(scan.states.best.items(), 1):
        if place % BREATH == 0:
            await asyncio.sleep(0)
        head, name = one.head, key.decode()
        if head.epoch != names.epoch:
            continue
        if one.value is None:
            partition.states.send_away(name, one.place)
        elif head.tables == scan.tables:
            partition.remember(name, one.value, head.deadline, head.backfill)
        else:
            if place % (BREATH // 10) == 0:
                await asyncio.sleep(0)
            _renew(partition, one.value, one.place, names, number)


def _renew(partition: Partition, value: bytes, place: int, names: Names, number: int) -> None:
    """What was folded with other tables gets its deadline by those now in force."""
    try:
        state = decode_state(value, partition.tables)
        partition.take(state)
        if is_over(partition.states[state.id], partition.tables):
            partition.states.send_away(state.id, place)
    except (msgspec.DecodeError, TypeError) as error:
        raise CannotContinue(
            f"{names.status}:{number}:{place} says that it is a state and cannot be read ({error}): another "
            f"version or another program wrote it; restore the topic, or {anew(names)}"
        ) from error
