"""A system in order on a real broker: a projector at work, and a thread that tells progress as trackers do.

So planting a fault takes no restart of anything.
"""

import asyncio
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Engine
from tests.helpers.stores import made_store

from clearance.contracts import topics
from clearance.doctor.checks import About
from clearance.doctor.examining import examine
from clearance.doctor.installation import Installation
from clearance.events.log.progress import STEP_VERSION, Progress
from clearance.kafka import clients
from clearance.kafka.admin import Admin
from clearance.kafka.names import BASE
from clearance.kafka.topics import Identity, ensure, identify
from clearance.kafka.wire import Outgoing, progress_record
from clearance.metrics import Board
from clearance.metrics.declared import PROCESS, PROJECTOR
from clearance.projector.run import Projector
from clearance.settings import load
from clearance.settings.clock import monotonic, utc_now
from clearance.settings.tables import default_tables

PARTITIONS = range(BASE.cards()[BASE.progress].partitions)
BEAT_SECONDS = 0.2
Found = dict[str, tuple[About, ...]]


@dataclass
class InOrder:
    """The system. What the trackers tell is altered by `otherwise`, of the partitions that are `altered`; those that
    are `silent` tell nothing."""

    bootstrap: str
    url: str
    secret: Path
    identity: Identity
    altered: frozenset[int] = frozenset()
    otherwise: Mapping[str, Any] = field(default_factory=dict)
    silent: frozenset[int] = frozenset()

    def found(self, **settings: Any) -> Found:
        """What the doctor finds, by check; what it cannot look at counts as found. Settings come instead of ours."""
        with self.here(**settings) as here:
            results = [one for one in examine(here) if one.state not in ("ok", "skipped")]
        return {one.check.check: one.found or ({"why": one.why},) for one in results}

    def here(self, **settings: Any) -> Installation:
        """What the doctor looks at."""
        told = {"kafka_bootstrap_servers": self.bootstrap, "database_url": self.url}
        told["access_secret_file"] = str(self.secret)
        return Installation(load(**told | settings))

    def progress(self, number: int) -> Progress:
        """As a tracker at rest tells it, that has never had an input."""
        now = utc_now()
        told = Progress(
            epoch=0,
            partition=number,
            position=-1,
            stream_time=None,
            wall_time=now,
            ended_backfills=(),
            counts=(),
            cluster_id=self.identity.cluster_id,
            topic_id=self.identity.topic_ids[BASE.inputs],
            topic_ids={name: self.identity.topic_ids[name] for name in BASE.relied_on()},
            step_version=STEP_VERSION,
            tables_version=default_tables().version,
            caught_up_at=now,
        )
        return replace(told, **self.otherwise) if number in self.altered else told

    @contextmanager
    def telling(self, *numbers: int, **otherwise: Any) -> Iterator[None]:
        """Trackers of these partitions tell otherwise meanwhile."""
        self.altered, self.otherwise = frozenset(numbers), otherwise
        self._await_beat(numbers)
        try:
            yield
        finally:
            self.altered = frozenset()
            self._await_beat(numbers)

    def _await_beat(self, numbers: Iterable[int]) -> None:
        """Until each has been told twice: what was in hand, and what comes after it."""
        admin, end, pause = Admin(self.bootstrap), monotonic() + 20, threading.Event()
        places = [(BASE.progress, number) for number in numbers]
        before = admin.ends(places)
        while any(at < before[place] + 2 for place, at in admin.ends(places).items()):
            assert monotonic() < end, "nobody tells progress"
            pause.wait(BEAT_SECONDS / 2)

    async def beat(self, stop: asyncio.Event) -> None:
        """Tell progress until `stop`."""
        async with clients.new_producer(self.bootstrap) as producer:
            while not stop.is_set():
                for number in set(PARTITIONS) - self.silent:
                    await clients.write(producer, BASE.progress, number, [progress_record(self.progress(number))])
                await asyncio.sleep(BEAT_SECONDS)


@contextmanager
def in_order(bootstrap: str, folder: Path) -> Iterator[InOrder]:
    """With topics, trackers and a store of its own in the folder."""
    ensure(bootstrap, topics(), replication_factor=1, create=True)
    store = made_store(f"sqlite:///{folder / 'store.db'}")
    secret = folder / "secret"
    secret.write_text("correct horse battery staple", encoding="utf-8")
    secret.chmod(0o600)
    system = InOrder(bootstrap, str(store.url), secret, identify(bootstrap, BASE.cards()))
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(_work(system, store, stop),))
    thread.start()
    try:
        yield system
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
        store.dispose()


async def _work(system: InOrder, store: Engine, stop: asyncio.Event) -> None:
    board = Board((*PROCESS, *PROJECTOR))
    projector = Projector(store, system.bootstrap, BASE, board, rebuild=False)
    await asyncio.gather(system.beat(stop), projector.run(stop))


def written(bootstrap: str, topic: str, partition: int, *records: Outgoing) -> None:
    """These records, into the log."""
    asyncio.run(_written(bootstrap, topic, partition, records))


async def _written(bootstrap: str, topic: str, partition: int, records: Any) -> None:
    async with clients.new_producer(bootstrap) as producer:
        await clients.write(producer, topic, partition, records)
