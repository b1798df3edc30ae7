"""What trackers tell of their progress while we look: that they are at work, and by which clock.

The surprise: nothing need be written to compare clocks. A tracker tells each partition's progress every second; the
broker stamps that record by its clock, the tracker names the time by its own, and we see it come by ours.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from clearance.events.log.progress import Progress
from clearance.kafka import clients
from clearance.kafka.errors import BrokerError
from clearance.kafka.names import Names
from clearance.kafka.progress_reading import read_progress
from clearance.settings.clock import monotonic, utc_now

LOOK_SECONDS = 4.0
"""A tracker tells of each partition that it owns every second, and half a second later at most."""


class Seen(NamedTuple):
    """One record of progress as it came: when by our clock, and when by the broker's, None if that was not its own."""

    progress: Progress
    here: datetime
    broker: datetime | None

    @property
    def told_until(self) -> datetime:
        """Up to when the store holds everything once it has applied this."""
        told = self.progress.caught_up_at or self.progress.wall_time
        return told if self.broker is None else min(told, self.broker)


async def watch(bootstrap: str, names: Names) -> Mapping[int, Seen]:
    """The first that comes of each partition; ends when all have told, and after `LOOK_SECONDS` at the latest. Raises
    `BrokerError`."""
    places = [TopicPartition(names.progress, number) for number in names.numbers]
    seen: dict[int, Seen] = {}
    reader = clients.new_reader(bootstrap)
    try:
        await reader.start()
        await _go_to_end(reader, places)
        until = monotonic() + LOOK_SECONDS
        while len(seen) < len(places) and monotonic() < until:
            fetched = await reader.getmany(timeout_ms=100)
            now = utc_now()
            for record in (one for records in fetched.values() for one in records):
                if (progress := read_progress(record)) is not None:
                    seen.setdefault(record.partition, Seen(progress, now, _stamped(record)))
    except KafkaError as error:
        raise BrokerError(f"the broker at {bootstrap} does not let us read {names.progress}: {error}") from error
    finally:
        await reader.stop()
    return seen


async def _go_to_end(reader: AIOKafkaConsumer, places: list[TopicPartition]) -> None:
    reader.assign(places)
    for place, end in (await reader.end_offsets(places)).items():
        reader.seek(place, end)


def _stamped(record: Any) -> datetime | None:
    """By the broker; a producer's own time says nothing of the broker's."""
    if record.timestamp_type != clients.LOG_APPEND_TIME:
        return None
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=record.timestamp)
