"""The states of a keyed stage as records of a compacted topic: written, and read back from a whole partition."""

from typing import Any, NamedTuple

import msgspec
from aiokafka import AIOKafkaConsumer

from clearance.events.log.readers_rule import Numbered
from clearance.kafka import clients
from clearance.kafka.wire import VERSION_1, Outgoing
from clearance.stages.highest import Highest


class Written(NamedTuple):
    """A state as its record has it; its version says how far the partition had been folded when it was written."""

    version: Numbered
    value: bytes


def state_record(key: str, state: Any, version: Numbered) -> Outgoing:
    """Equal states give equal bytes."""
    headers = [VERSION_1, ("epoch", b"%d" % version.epoch), ("src", b"%d" % version.number)]
    return Outgoing(key.encode(), msgspec.json.encode(state, order="deterministic"), headers)


def read_state(record: Any) -> Written | None:
    """What a consumed record holds; None for one that is no state of ours."""
    if not (record.key and record.value):
        return None
    try:
        head = dict(record.headers)
        return Written(Numbered(int(head["epoch"]), int(head["src"])), record.value)
    except (KeyError, ValueError, TypeError):
        return None


async def scan_states(
    reader: AIOKafkaConsumer, topic: str, partition: int, stretch: range
) -> tuple[Highest[Written], int]:
    """What these offsets hold, and how many records that was."""
    states, count = Highest[Written](), 0
    async for records in clients.read_stretch(reader, topic, partition, stretch.start, stretch.stop):
        for record in records:
            if (written := read_state(record)) is not None:
                states.take(record.key, written)
        count += len(records)
    return states, count
