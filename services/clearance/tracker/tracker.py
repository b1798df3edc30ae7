"""Stage one: folds the inputs of an epoch into events, states, dead letters and sends, and makes time pass."""

from collections.abc import Awaitable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from clearance.events.log.input_records import kind_told
from clearance.events.partition.memory import Away
from clearance.events.tables.tables import Tables
from clearance.events.values.errors import FailedOn
from clearance.kafka import clients, epochs
from clearance.kafka.names import Names
from clearance.kafka.topics import Identity
from clearance.kafka.wire import incoming_input
from clearance.settings.clock import monotonic, utc_now
from clearance.stages.batching import App
from clearance.stages.fail_stop import BlamedInput
from clearance.stages.failures import Failure
from clearance.stages.stage import Restored, Stage
from clearance.stages.turns import Turns
from clearance.stages.writing import Lot, Writer
from clearance.tracker.clock import append_clock
from clearance.tracker.counting import Counting
from clearance.tracker.disk_index import IndexBroken
from clearance.tracker.free_name import GROUP
from clearance.tracker.healing import bring_back, heal, write_again
from clearance.tracker.index_folder import IndexFolder
from clearance.tracker.lists import Lists
from clearance.tracker.owned import Owned
from clearance.tracker.parking import parked_line, told_parked, told_progress
from clearance.tracker.preparing import prepare
from clearance.tracker.recall import Recall
from clearance.tracker.remedies import fail_stop
from clearance.tracker.restore import restore
from clearance.tracker.restore_checks import means
from clearance.tracker.simulated import without_clock


class Tracker(Stage[Owned]):
    """The tracker of an epoch. What is over stays in memory for `keep_seconds`; its indexes lie in `folder`.

    `recall`, `lists` and `partitions`, the number of those of the inputs, are there from `begin` on.
    """

    can_park = True
    recall: Recall
    lists: Lists
    partitions: int

    def __init__(
        self,
        bootstrap: str,
        names: Names,
        tables: Tables,
        identity: Identity,
        counting: Counting,
        *,
        keep_seconds: float,
        folder: IndexFolder,
    ) -> None:
        self.inputs, self.group, self.fail_stop = names.inputs, names.group(GROUP), fail_stop(names)
        self.bootstrap, self.names, self.tables, self.identity = bootstrap, names, tables, identity
        self.counting, self.keep_seconds, self.folder = counting, keep_seconds, folder
        self._turns = Turns()
        self._current: int | None = None  # the epoch that is answered from, when it is known

    async def begin(self, app: App, writer: Writer) -> None:
        await super().begin(app, writer)
        self.partitions = await clients.partition_count(writer.producer, self.inputs)
        self.recall = Recall(self.bootstrap, self.names)
        await self.recall.start()
        self.lists = Lists(self.recall, self.partitions)

    async def restore(self, number: int) -> Restored[Owned]:
        return await restore(
            self.bootstrap,
            self.names,
            number,
            self.partitions,
            tables=self.tables,
            identity=self.identity,
            index=self.folder.index(self.names, number, self.identity, self.tables),
        )

    async def write_again(self, restored: Restored[Owned]) -> None:
        await write_again(restored.owned, self.recall, self.writer, restored.stale)

    async def batch(self, owned: Owned, records: Sequence[Any]) -> None:
        begun = monotonic()
        healed, keys = 0, {(record.key or b"").decode("utf-8", "replace") for record in records}
        recalled = await bring_back(owned, self.recall, keys)
        async with self._turns.next():
            batch = owned.fold.fold(map(incoming_input, records))
            owned.last_input = datetime.fromtimestamp(records[-1].timestamp / 1000, UTC)
            owned.end = self.app.end_of(self.inputs, owned.number)
            prepared = prepare(owned, batch, self.partitions, utc_now())
        written = await self.writer.batch(owned, prepared)
        kinds = [kind_told(record.headers) for record in records]
        if b"clock" in kinds:
            healed = await heal(owned, self.recall, self.writer)
        owned.let_go(self.keep_seconds)
        self.counting.came_back(recalled, healed)
        came = [record.timestamp for record, kind in zip(records, kinds, strict=True) if kind == b"message"]
        if owned.fold.external_clock:
            self.counting.simulated(without_clock(owned, records))
        self.counting.batch(batch, came, written.timestamp() * 1000, monotonic() - begun)
        self.counting.waiting(prepared.sends, self.lists.parked)

    def blamed(self, error: Exception, owned: Owned, records: Sequence[Any]) -> BlamedInput | None:
        if isinstance(error, Away | IndexBroken):  # a state that was to be brought back, a full disk: no input's fault
            return None
        if isinstance(error, FailedOn):
            for record in records:
                if record.offset == error.position:
                    return BlamedInput(incoming_input(record).key, record.offset)
        return BlamedInput(current.key, current.position) if (current := owned.fold.current) else None

    def lost(self, topic: str) -> str:
        return means(self.names, topic)

    async def tick(self, owned: Owned, now: datetime) -> None:
        """A clock that is due; it is a record like any other, and needs no lock."""
        if not owned.lock.locked():
            owned.let_go(self.keep_seconds)
        by_broker = self.writer.skew.corrected(now)
        if self._current == self.names.epoch and owned.wants_clock(by_broker, monotonic()):
            await append_clock(owned, self.writer, self.names.log, by_broker)
            self.counting.clock()

    async def look_around(self, owned: Mapping[int, Owned]) -> None:
        """What was set aside since: the list of a partition is read again when it has grown."""
        await self.lists.look()
        for number, part in owned.items():
            part.fold.set_aside = self.lists.of(number).reasons

    async def read_parked(self) -> Mapping[int, str]:
        await self.lists.look()
        return self.lists.parked

    async def park(self, failure: Failure) -> None:
        number, now = failure.partition, utc_now()
        await self.writer.send(Lot(self.names.set_aside, number, [parked_line(failure, self.names.epoch, now)]))
        told = await told_progress(self.bootstrap, self.names, number)
        told = told or (await self.restore(number)).owned.progress(now)
        await self.writer.send(Lot(self.names.progress, number, [told_parked(told, now)]))

    def read_on_from(self, number: int, offset: int) -> int:
        return self.lists.of(number).after(offset)

    def always(self) -> Sequence[Awaitable[None]]:
        return (self._follow_epoch(),)

    async def _follow_epoch(self) -> None:
        """Only the tracker of the current epoch writes clocks. Raises `EpochOver` when its log was moved."""
        async for current in epochs.follow(self.bootstrap):
            current.names(self.names.epoch)
            self._current = current.epoch

    def opened(self, restored: Restored[Owned], seconds: float) -> None:
        self.counting.restored(restored.records, seconds)

    def show(self, owned: Mapping[int, Owned], restoring: int, parked: Collection[int]) -> None:
        self.counting.partitions(owned, restoring, self.writer.skew.seconds)
        self.counting.parked(parked, self.lists.parked)
