"""The list of inputs that a person has set aside, as the tracker and whoever checks it read it."""

import re

from aiokafka import AIOKafkaConsumer

from clearance.kafka import clients
from clearance.kafka.names import Names
from clearance.kafka.wire import read_set_aside

PLACE = re.compile(rb"[0-9]+:(?P<offset>[0-9]+)")


async def read_set_aside_list(reader: AIOKafkaConsumer, names: Names, partition: int) -> dict[int, str]:
    """Reasons by offset of what is not to be folded in this epoch; a record without a value takes one back."""
    reasons: dict[int, str] = {}
    async for records in clients.read_whole(reader, names.set_aside, partition):
        for record in records:
            named = PLACE.fullmatch(record.key or b"")
            if named is None:  # nobody's of ours: it sets nothing aside
                continue
            offset = int(named["offset"])
            reasons.pop(offset, None)
            if record.value is not None and (line := read_set_aside(record.value)).epoch == names.epoch:
                reasons[offset] = line.reason
    return reasons
