"""One event per fetched stretch of a partition, instead of one per record. All use of Faust's private names is here.

Faust moves single events through several tasks each; one event that holds all records of a fetch makes it as fast as a
bare loop, and lets a batch be acknowledged as a whole. Faust is pinned to the version that this was written for, and
`check` refuses to start with another. Safe only with one agent, concurrency 1, acknowledgement in order and a stop at
the first error, which `app` sees to.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import faust
import faust.streams
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage

from clearance.kafka.unreadable import UnreadableBatch
from clearance.stages.credentials import credentials
from clearance.stages.fencing import notice_fencing

WRITTEN_FOR = "0.15.3"
PRIVATE: tuple[tuple[type, str], ...] = (
    (driver.AIOKafkaConsumerThread, "_create_worker_consumer"),
    (driver.AIOKafkaConsumerThread, "_fetch_records"),
    (driver.Consumer, "_new_consumer_thread"),
    (driver.Consumer, "_getmany"),
    (driver.Consumer, "_to_message"),
    (driver.Consumer, "_add_gap"),
    (driver.Consumer, "_new_offset"),
    (driver.Consumer, "seek_wait"),
    (faust.App, "_new_transport"),
    (faust.App, "_new_producer_transport"),
)
FETCH_WAIT_MS = 50
"""How long a broker may hold a fetch for which it has nothing yet."""
IN_FLIGHT = 2
"""Batches of one partition that are fetched and not yet acknowledged, at most."""
FAREWELL_SECONDS = 2.0
"""How long a process that ends at once tries to tell its group."""
IDLE_SECONDS, BUSY_SECONDS = 0.05, 0.005
"""How long to wait where no partition may be fetched: for a restore, for a batch in flight."""


class UnfitFaust(RuntimeError):
    """The installed Faust is not the one that this module was written for."""


def check() -> None:
    """Refuse a Faust whose private names may mean something else. Raises `UnfitFaust`."""
    if faust.__version__ != WRITTEN_FOR:
        raise UnfitFaust(
            f"faust-streaming {faust.__version__} is installed, but stages/batching.py overrides private names of "
            f"{WRITTEN_FOR}: install that version, or read its consumer again and raise WRITTEN_FOR"
        )
    missing = [f"{owner.__name__}.{name}" for owner, name in PRIVATE if not hasattr(owner, name)]
    if missing:
        raise UnfitFaust(f"this build of faust-streaming lacks {', '.join(missing)}: install {WRITTEN_FOR} from PyPI")
    if getattr(faust.streams, "_CStreamIterator", None) is None:
        raise UnfitFaust(
            "faust-streaming has no compiled stream iterator here, and the Python one acknowledges events that it "
            "skips after a rebalance: install the wheel, or build it with a C compiler, and unset NO_CYTHON"
        )


class Stretch(list[Any]):
    """Records of a partition that were fetched in one go, and during which of its openings."""

    def __init__(self, records: Any, opening: int) -> None:
        super().__init__(records)
        self.opening = opening


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """Faust's thread around aiokafka's consumer, with a short long poll.

    A real broker answers a fetch as soon as there is a record; the embedded one only when the long poll is over, which
    Faust fixes at 1.5 s.
    """

    async def on_start(self) -> None:
        """A worker with a name ends when another one takes it."""
        await super().on_start()
        app: Any = self.app
        consumer: Any = self._consumer
        if app.conf.consumer_group_instance_id:
            notice_fencing(consumer._coordinator, app.conf.broker_session_timeout, app.fenced)

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS
        return consumer

    async def _fetch_records(
        self, consumer: Any, active_partitions: Any, timeout: float | None = None, max_records: Any = None
    ) -> Any:
        """So many records of each partition.

        Faust asks for so many of all: a partition is cut in two each time, and a declaration with inputs on both sides
        gets two status records.
        """
        first = await super()._fetch_records(consumer, active_partitions, timeout, max_records)
        fetched = {**first}
        for place in active_partitions if first and max_records else ():
            held = first.get(place, [])
            if room := max_records - len(held):
                more = await super()._fetch_records(consumer, {place}, 0, room)
                fetched[place] = [*held, *more.get(place, ())]
        return fetched


class Consumer(driver.Consumer):
    """Fetches only partitions that are open, and delivers each fetch as one event."""

    app: "App"

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def _getmany(self, active_partitions: Any, timeout: float) -> Any:
        open_ones = {place for place in active_partitions if self.app.may_fetch(place.partition)}
        if not open_ones:
            await self.sleep(BUSY_SECONDS if self.app.in_flight else IDLE_SECONDS)
            return {}
        await self._start_where_restored(open_ones)
        # a long poll on idle partitions would keep a busy one waiting that is left out for now
        patience = timeout if len(open_ones) == len(active_partitions) else BUSY_SECONDS
        openings = {place: self.app.openings[place.partition] for place in open_ones}
        try:
            fetched = await super()._getmany(open_ones, patience)
        except UnreadableBatch as error:  # what other partitions gave in this fetch is lost with it, and fetched again
            again = [place.partition for place, one in openings.items() if self.app.is_open(place.partition, one)]
            self.app.starts |= {number: self.app.fetched[number] for number in again}
            if error.partition in again:
                self.app.hold(error)
            return {}
        self.app.fetched |= {place.partition: records[-1].offset + 1 for place, records in fetched.items() if records}
        return {place: [Stretch(records, openings[place])] for place, records in fetched.items() if records}

    async def _start_where_restored(self, places: Any) -> None:
        starts = {place: self.app.starts.pop(place.partition) for place in places if place.partition in self.app.starts}
        if starts:
            await self.seek_wait(starts)
            self._read_offset.update(dict.fromkeys(starts))
            self.app.fetched |= {place.partition: start for place, start in starts.items()}

    def _to_message(self, tp: Any, record: Any) -> ConsumerMessage:
        last = record[-1]
        if self.app.is_open(tp.partition, record.opening):
            self.app.in_flight[tp.partition] += 1  # here and not at the fetch: a fetch may be dropped in between
        generation = self.app.consumer_generation_id
        seconds = last.timestamp / 1000
        return ConsumerMessage(
            tp.topic,
            tp.partition,
            last.offset,
            seconds,
            0,
            None,
            None,
            record,
            None,
            0,
            0,
            tp,
            generation_id=generation,
        )

    async def _add_gap(self, tp: Any, offset_from: int, offset_to: int) -> None:
        """Offsets inside a batch are no gap."""

    def _new_offset(self, tp: Any) -> int | None:
        """What to commit: after the last batch that was acknowledged, since they are in order."""
        acked = self._acked[tp]
        if not acked:
            return None
        top = max(acked)
        acked.clear()
        self._acked_index[tp].clear()
        return None if tp.partition in self.app.closed else top + 1  # of what was dropped the lag is to be seen


class Transport(driver.Transport):
    """Faust's aiokafka transport with our consumer."""

    Consumer = Consumer


class App(faust.App):
    """A Faust app whose partitions are closed until they are opened with the offset to start from. `fenced` is called,
    from another thread, when another worker has come with the name of this one."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.starts: dict[int, int] = {}
        self.in_flight: Counter[int] = Counter()
        self.open_partitions: set[int] = set()
        self.closed: set[int] = set()  # by themselves, among others that are open
        self.held: set[int] = set()  # open, but not fetched until what cannot be read has been judged
        self.openings: Counter[int] = Counter()
        self.fetched: dict[int, int] = {}  # what is to be fetched next
        self.unreadable: Callable[[UnreadableBatch], None] = _raise
        self.fenced: Callable[[], object] = lambda: None
        super().__init__(*args, **options)

    def open(self, partition: int, start: int) -> None:
        """From now on the partition is fetched, from this offset."""
        self.starts[partition] = start
        self.open_partitions.add(partition)
        self.closed.discard(partition)
        self.held.discard(partition)
        self.openings[partition] += 1

    def hold(self, error: UnreadableBatch) -> None:
        """Nothing more is fetched of a partition; what is in flight is folded."""
        self.held.add(error.partition)
        self.unreadable(error)

    def read_on(self, partition: int, start: int) -> None:
        """It is fetched again, from this offset."""
        self.starts[partition] = start
        self.held.discard(partition)

    def close(self, partition: int) -> None:
        """It is not fetched until it is opened again, and what is in flight of it will be dropped."""
        self.starts.pop(partition, None)
        self.open_partitions.discard(partition)
        self.closed.add(partition)
        self.held.discard(partition)
        del self.in_flight[partition]

    def is_open(self, partition: int, opening: int) -> bool:
        """Whether the partition is open, and has not been closed since this opening."""
        return partition in self.open_partitions and self.openings[partition] == opening

    def close_all(self) -> None:
        """Nothing is fetched until it is opened again."""
        self.starts.clear()
        self.in_flight.clear()
        self.open_partitions.clear()
        self.closed.clear()
        self.held.clear()

    def may_fetch(self, partition: int) -> bool:
        """Whether the partition is open and few enough of its batches are in flight."""
        readable = partition in self.open_partitions and partition not in self.held
        return readable and self.in_flight[partition] < IN_FLIGHT

    def done(self, partition: int) -> None:
        """A batch of the partition has been acknowledged."""
        if self.in_flight[partition] > 1:
            self.in_flight[partition] -= 1
        else:
            del self.in_flight[partition]

    def end_of(self, topic: str, partition: int) -> int | None:
        """The offset that the next record will get, as far as fetches have told; None while that is not known."""
        with suppress(AssertionError):  # aiokafka's answer for a partition that has just been taken away
            return self.consumer.highwater(TP(topic, partition))
        return None

    def leave_group(self) -> None:
        """Tell the group, from another thread than the loop's, that this member is gone: nobody waits for its session.

        One with a name of its own is waited for: started again, it gets its partitions back.
        """
        with suppress(Exception):  # it was no member yet, or the broker is away: its session ends anyway
            consumer: Any = self.consumer
            thread = consumer._thread
            leaving = thread._consumer._coordinator._maybe_leave_group()
            asyncio.run_coroutine_threadsafe(leaving, thread.thread_loop).result(FAREWELL_SECONDS)

    def _new_transport(self) -> Any:
        return Transport(self.conf.broker_consumer, self)

    def _new_producer_transport(self) -> Any:
        return Transport(self.conf.broker_producer, self)


def _raise(error: UnreadableBatch) -> None:
    raise error


def new_app(name: str, bootstrap: str, *, session_seconds: float, batch_records: int, instance: str) -> App:
    """The app with the settings that exactness and speed need; see docs/decisions/0013-one-event-for-each-fetch.md."""
    return App(
        name,
        broker=f"kafka://{bootstrap}".replace(",", ";"),
        broker_credentials=credentials(),
        store="memory://",
        loop=asyncio.get_event_loop(),
        key_serializer="raw",
        value_serializer="raw",
        consumer_auto_offset_reset="earliest",
        datadir=str(Path(gettempdir()) / name),  # for tables, of which there are none
        web_enabled=False,
        topic_allow_declare=False,  # topics are made by `clearance topics`
        topic_disable_leader=True,
        table_standby_replicas=0,
        stream_wait_empty=True,  # a rebalance waits for the batch in hand
        stream_buffer_maxsize=4096,  # its pressure is unfair to partitions; IN_FLIGHT bounds them instead
        agent_supervisor="mode.CrashingSupervisor",  # the default one would go on after a lost batch
        broker_commit_interval=1.0,
        broker_max_poll_records=batch_records,
        broker_max_poll_interval=1e6,  # a worker without partitions does not poll, and must not be thrown out for it
        broker_session_timeout=session_seconds,
        broker_heartbeat_interval=session_seconds / 10,
        broker_rebalance_timeout=max(30.0, session_seconds),
        consumer_group_instance_id=instance or None,
        consumer_max_fetch_size=1024 * 1024,
        consumer_metadata_max_age_ms=5000,  # a broker just started may show no partitions, which are then nobody's
    )
