"""What is not folded, as the lists of all partitions say: inputs set aside, batches that cannot be read, partitions."""

from collections.abc import Mapping

from clearance.kafka.set_aside_list import SetAsideList
from clearance.tracker.recall import Recall

NOTHING = SetAsideList()


class Lists:
    """The lists of so many partitions as they were last read. `parked`: which wait, and by which exception."""

    def __init__(self, recall: Recall, partitions: int) -> None:
        self._recall, self._partitions = recall, partitions
        self._ends: dict[int, int] = {}
        self._read: dict[int, SetAsideList] = {}
        self.parked: Mapping[int, str] = {}

    async def look(self) -> None:
        """Read those again that have grown since the last time. Raises what the broker raises."""
        ends = await self._recall.ends_of_lists(range(self._partitions))
        grown = [number for number, end in ends.items() if self._ends.get(number, 0) != end]
        for number in grown:
            self._read[number] = await self._recall.set_aside(number)
            self._ends[number] = ends[number]
        if grown:
            lines = ((number, one.parked) for number, one in self._read.items())
            self.parked = {number: line.parked_by or "" for number, line in lines if line is not None}

    def of(self, number: int) -> SetAsideList:
        """That of one partition."""
        return self._read.get(number, NOTHING)
