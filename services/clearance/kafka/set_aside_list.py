"""The list of what is not folded in this epoch, as the tracker and whoever checks it read it.

Inputs that a person has set aside, batches that cannot be read, and the partition itself while it is parked.
"""

import re
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer

from clearance.kafka import clients
from clearance.kafka.names import Names
from clearance.kafka.wire import SetAsideLine, read_set_aside

KEY = re.compile(rb"[0-9]+(:[0-9]+)?")


@dataclass(frozen=True)
class SetAsideList:
    """Of one partition: reasons by offset; the offsets of each batch that cannot be read, which are among them; and why
    the partition is parked, None if it is not."""

    reasons: dict[int, str] = field(default_factory=dict)
    unreadable: tuple[range, ...] = ()
    parked: SetAsideLine | None = None

    def after(self, offset: int) -> int:
        """Where to read on from there: behind a batch that cannot be read and is set aside."""
        return next((batch.stop for batch in self.unreadable if offset in batch), offset)


async def read_set_aside_list(reader: AIOKafkaConsumer, names: Names, partition: int) -> SetAsideList:
    """The list as it is now. A record without a value takes one back; one with another key is nobody's of ours."""
    lines: dict[bytes, SetAsideLine] = {}
    async for records in clients.read_whole(reader, names.set_aside, partition):
        for record in records:
            if not KEY.fullmatch(record.key or b""):
                continue
            lines.pop(record.key, None)
            if record.value is not None and (line := read_set_aside(record.value)).epoch == names.epoch:
                lines[record.key] = line
    parked = lines.pop(b"%d" % partition, None)
    batches = {line.offset: range(line.offset, (line.until or line.offset) + 1) for line in lines.values()}
    reasons = {offset: line.reason for line in lines.values() for offset in batches[line.offset]}
    unreadable = tuple(batches[line.offset] for line in lines.values() if line.until is not None)
    return SetAsideList(reasons, unreadable, parked)
