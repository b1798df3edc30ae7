"""What a contestant did, seen from the broker: the same eyes for all.

Right are the distinct events and the newest status of each declaration. The time ends when the broker appends the last
of them (LogAppendTime, whole milliseconds), whatever the contestant believes.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from benchmarks.throughput.prepared import PARTITIONS, Prepared

from clearance.events.log.readers_rule import Numbered, newer_state
from clearance.kafka import clients
from clearance.kafka.names import BASE
from clearance.kafka.wire import status_head
from clearance.testing.oracle import Truth, digest_of


@dataclass
class Observed:
    """`inputs` of the prepared log were folded in `seconds`. `wrong` is empty if all is as it must be."""

    inputs: int
    seconds: float
    events: int
    statuses: int
    wrong: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Inputs a second."""
        return self.inputs / self.seconds


async def folded(bootstrap: str, group: str, partitions: int) -> bool:
    """Whether the group has committed the whole log, what was sent into it meanwhile as well."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False)
    places = [TopicPartition(BASE.inputs, number) for number in range(partitions)]
    async with consumer:
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        return all([(await consumer.committed(place) or 0) >= end for place, end in ends.items()])


async def observe(bootstrap: str, prepared: Prepared, begun: datetime, same_values: bool = True) -> Observed:
    """Read all outputs, and compare; where their values may be others, only what they are about."""
    reader = clients.new_reader(bootstrap)
    async with reader:
        events = [await _records(reader, BASE.events, number) for number in range(PARTITIONS)]
        states = [await _records(reader, BASE.status, number) for number in range(PARTITIONS)]
    wrong = [
        *_wrong_events(prepared.truth, events, same_values),
        *_wrong_states(prepared.truth, states, same_values),
    ]
    last = max((record.timestamp for records in (*events, *states) for record in records), default=0)
    seconds = last / 1000 - begun.timestamp()
    return Observed(prepared.inputs, seconds, sum(map(len, events)), sum(map(len, states)), wrong)


async def _records(reader: Any, topic: str, number: int) -> list[Any]:
    return [one async for records in clients.read_whole(reader, topic, number) for one in records]


def _wrong_events(truth: Truth, written: list[list[Any]], same_values: bool) -> list[str]:
    seen: set[bytes] = set()
    wrong: list[str] = []
    for number, records in enumerate(written):
        for record in records:
            name = dict(record.headers)["ce_id"]
            seen.add(name)
            partition, digest = truth.events.get(name, (None, None))
            if partition != number or (same_values and digest != digest_of(record.value)):
                wrong.append(f"event {name.decode()}")
    return wrong + [f"event {name.decode()} is missing" for name in truth.events.keys() - seen]


def _wrong_states(truth: Truth, written: list[list[Any]], same_values: bool) -> list[str]:
    best: dict[bytes, tuple[Numbered, bytes]] = {}
    for record in (one for records in written for one in records):
        head = status_head(record.headers)
        version = Numbered(head.epoch, head.src)
        if newer_state(best[record.key][0] if record.key in best else None, version):
            best[record.key] = (version, digest_of(record.value))
    there = {key: value for key, (_, value) in best.items()}
    odd = truth.status.keys() ^ there.keys()
    if same_values:
        odd |= {key for key, value in there.items() if value != truth.status.get(key)}
    return [f"state {key.decode()}" for key in odd]
