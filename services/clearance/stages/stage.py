"""What a stage says of itself: what it reads, how a partition is restored, how a batch is folded and written.

All else is the same for every stage: who owns which partition (`ownership`), locks, acknowledgement and ticks
(`worker`), the order of writes (`writing`), Faust (`app`, `batching`) and the end (`fail_stop`).
"""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from clearance.kafka.topics import Identity
from clearance.stages.batching import App
from clearance.stages.fail_stop import BlamedInput, FailStop
from clearance.stages.failures import Failure
from clearance.stages.owned import OwnedPartition
from clearance.stages.writing import Writer

RESTORE_BYTES = 2 * 1024 * 1024
"""Bytes of one answer while a partition is restored: what a client reads in one go keeps the others waiting."""
Part = TypeVar("Part", bound=OwnedPartition[Any])


@dataclass
class Restored(Generic[Part]):
    """An owned partition, the keys of states that must be written again because their last record is an old one, and
    how many records were read."""

    owned: Part
    stale: list[str] = field(default_factory=list)
    records: int = 0


class Stage(ABC, Generic[Part]):
    """Reads the topic `inputs` as the consumer group `group`. What it does in vain raises; `fail_stop` ends it then.
    It goes on only as long as its topics are those of `identity`.

    `app` and `writer` are there from `begin` on. One that `can_park` keeps a list of the partitions that are parked;
    where another fails to fold an input, or to read a batch, the process ends.
    """

    can_park = False
    bootstrap: str
    identity: Identity
    inputs: str
    group: str
    fail_stop: FailStop
    app: App
    writer: Writer

    async def begin(self, app: App, writer: Writer) -> None:
        """Called once, before everything else, when the event loop runs."""
        self.app, self.writer = app, writer

    @abstractmethod
    async def restore(self, number: int) -> Restored[Part]:
        """Read a partition back from what was written. Nothing is written yet: it may be another's by now."""

    @abstractmethod
    async def write_again(self, restored: Restored[Part]) -> None:
        """The states that are stale."""

    @abstractmethod
    async def batch(self, owned: Part, records: Sequence[Any]) -> None:
        """Fold and write what was fetched of a partition, which is locked meanwhile. Acknowledged by the worker."""

    @abstractmethod
    def blamed(self, error: Exception, owned: Part, records: Sequence[Any]) -> BlamedInput | None:
        """Which of the inputs of a batch made it fail, if one did."""

    @abstractmethod
    def lost(self, topic: str) -> str:
        """What it means that one of its topics was deleted and made again, and what to do."""

    async def tick(self, owned: Part, now: datetime) -> None:
        """Twice a second, for each partition, without its lock; progress is told by the worker."""
        return

    async def look_around(self, owned: Mapping[int, Part]) -> None:
        """Twice a second, beside the ticks: what is to be read for what is owned."""
        return

    async def read_parked(self) -> Mapping[int, str]:
        """The partitions of the whole topic that are parked now, and by which exception."""
        return {}

    async def park(self, failure: Failure) -> None:
        """Enter a partition into the list, and let readers know. Raises what the broker raises."""
        raise NotImplementedError

    def read_on_from(self, number: int, offset: int) -> int:
        """Where to read on if nothing can be read at this offset: behind it, if a person has set that aside."""
        return offset

    def always(self) -> Sequence[Awaitable[None]]:
        """What runs as long as the process does."""
        return ()

    def opened(self, restored: Restored[Part], seconds: float) -> None:
        """A partition is folded from now on; it took so long to read it back. For metrics."""
        return

    def show(self, owned: Mapping[int, Part], restoring: int, parked: Collection[int]) -> None:
        """Twice a second: what is owned, how many partitions are being read back, and which wait. For metrics."""
        return
