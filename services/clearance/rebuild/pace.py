"""The pace of a feeder: copies stay within a bound ahead of what the new epoch's tracker says that it has folded.

Without this the copies would take disk for the whole history at once, and one partition could run away from another.
"""

from aiokafka import AIOKafkaConsumer, TopicPartition

from clearance.kafka import clients
from clearance.kafka.names import Names
from clearance.kafka.progress_reading import progress_of, read_progress

AHEAD = 20_000
"""Records of one partition that are copied and not folded yet, at most."""
NOTHING = -1


class TrackerPace:
    """Follows the progress of an epoch. The reader is its own."""

    def __init__(self, reader: AIOKafkaConsumer, names: Names) -> None:
        self._reader = reader
        self._places = [TopicPartition(names.progress, number) for number in names.numbers]
        self._names = names
        self.folded = dict.fromkeys(names.numbers, NOTHING)
        self.copied = dict.fromkeys(names.numbers, NOTHING)

    async def begin(self) -> None:
        """Read where the tracker stands."""
        ends = {}
        for place in self._places:
            _, ends[place] = await clients.ends(self._reader, place.topic, place.partition)
            told = await progress_of(self._reader, self._names, place.partition)
            self.folded[place.partition] = told.position if told else NOTHING
        self._reader.assign(self._places)
        for place, end in ends.items():
            self._reader.seek(place, end)

    async def look(self, wait_ms: int = 0) -> None:
        """Read what it has told since."""
        for place, records in (await self._reader.getmany(timeout_ms=wait_ms)).items():
            for told in filter(None, map(read_progress, records)):
                self.folded[place.partition] = max(self.folded[place.partition], told.position)

    @property
    def unfolded(self) -> int:
        """Records that the partition furthest behind still has to fold, about."""
        return max(self.copied[number] - self.folded[number] for number in self.folded)

    @property
    def is_too_fast(self) -> bool:
        """Whether to wait for the tracker."""
        return self.unfolded > AHEAD
