"""The projector as a process: sessions one after the other, until a signal or until something stays away."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

import structlog
from aiokafka.errors import KafkaError
from sqlalchemy import Engine

from clearance.kafka.diagnosis import why_not
from clearance.kafka.errors import BrokerError
from clearance.kafka.names import Names
from clearance.kafka.ready import await_names, await_topics, led_on
from clearance.kafka.topics import Identity, identify, until_made_anew
from clearance.metrics import Board
from clearance.metrics.declared import PROCESS, PROJECTOR
from clearance.metrics.serving import serve
from clearance.projector.gauges import Gauges
from clearance.projector.keeping import Keeping, keep_of
from clearance.projector.patience import AWAY_SECONDS, Patience
from clearance.projector.session import Session
from clearance.projector.source import Source, read_by
from clearance.settings import Settings, needs_broker
from clearance.settings.waiting import wait_for
from clearance.settings.watchdog import watch
from clearance.store.connect import migrate, name_of, open_store
from clearance.store.errors import PartlyAnew, StoreAway, StoreError
from clearance.store.one_projector import OneProjector
from clearance.store.positions import Log, Resumed, resume

log = structlog.get_logger()
RETRY_SECONDS = 1.0
CONNECTIONS = 4
"""To write, to hold the lock, and two for a scrape, which asks two questions at once."""


async def project(settings: Settings, *, rebuild: bool = False) -> None:
    """Apply the log to the store until SIGTERM or SIGINT; `rebuild` empties the store first.

    Raises `InvalidSetting`, `StoreError` or `BrokerError` if it cannot begin, `Away` if one of them stays away later,
    `PartlyAnew` if some of what the store was made from was deleted and made again.
    """
    needs_broker(settings)
    keep = keep_of(settings)
    engine = open_store(settings.database_url, settings.epoch, CONNECTIONS)
    try:
        wait_for("store", partial(migrate, engine), StoreAway, settings.start_wait_seconds)  # nothing else runs yet
        settings = led_on(settings)
        names = await_names(settings)
        await_topics(settings, names, {**names.relied_on(), **read_by(names)})
        board = Board((*PROCESS, *PROJECTOR))
        serve(board, settings.metrics_host, settings.projector_metrics_port, "CLEARANCE_PROJECTOR_METRICS_PORT")
        watch(asyncio.get_running_loop(), AWAY_SECONDS)
        stop = _stopped_by_signals()
        await Projector(engine, needs_broker(settings), names, board, rebuild=rebuild, keep=keep).run(stop)
    finally:
        engine.dispose()


def _stopped_by_signals() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


class Projector:
    """`rebuild` is true until the store has been emptied; `keep` is how long what is over stays, None for ever."""

    def __init__(
        self, engine: Engine, bootstrap: str, names: Names, board: Board, rebuild: bool, keep: timedelta | None = None
    ) -> None:
        self.engine, self.bootstrap, self.names, self.board, self.rebuild = engine, bootstrap, names, board, rebuild
        self.shown = Gauges(board, engine, bootstrap, names)
        self.keeping = Keeping(keep, board)
        self.patience = Patience()
        self.lock = OneProjector(engine)
        self._told = ""

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`. Raises `Away`, and `PartlyAnew`."""
        try:
            await self._run(stop)
        finally:
            await asyncio.to_thread(self.lock.release)

    async def _run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            session: Session | None = None
            try:
                if not await asyncio.to_thread(self.lock.take):
                    self._wait()
                    await _pause(stop)
                    continue
                self.board.set("clearance_projector_waiting", to=0)
                async with Source(self.bootstrap, self.names) as source:
                    identity = await asyncio.to_thread(identify, self.bootstrap, read_by(self.names))
                    session = await self._begin(source, identity)
                    async with watched(self.bootstrap, identity) as made_anew:
                        await session.run(stop, made_anew)
            except PartlyAnew:
                raise
            except (StoreError, BrokerError, KafkaError) as error:
                if session is not None and session.written:
                    self.patience.worked()
                reason = await asyncio.to_thread(self._in_words, error)
                self.patience.failed(reason, error)
                self._interrupted(reason)
                await _pause(stop)

    async def _begin(self, source: Source, identity: Identity) -> Session:
        bounds = await source.bounds()
        told = Log(identity.cluster_id, identity.topic_ids, bounds, self.names.inputs, self.names.incidents)
        resumed = await asyncio.to_thread(resume, self.engine, told, self.rebuild)
        self.rebuild = False
        self._tell(resumed)
        return await asyncio.to_thread(
            Session, self.engine, source, resumed, bounds, board=self.board, shown=self.shown, keeping=self.keeping
        )

    def _wait(self) -> None:
        """For another projector, which writes to this store."""
        if not self.board.value("clearance_projector_waiting"):
            log.info(
                "waiting",
                store=name_of(self.engine),
                reason="another projector writes to this store",
                remedy="none needed: this one takes over when that one ends",
            )
        self.board.set("clearance_projector_waiting", to=1)
        self.shown.worked()

    def _in_words(self, error: Exception) -> str:
        if isinstance(error, KafkaError):
            return why_not(self.bootstrap) or f"the broker at {self.bootstrap} does not answer: start it ({error})"
        return str(error)

    def _interrupted(self, reason: str) -> None:
        if reason != self._told:
            log.warning("interrupted", reason=reason, remedy=f"trying again every {RETRY_SECONDS:.0f} s")
        self._told = reason

    def _tell(self, resumed: Resumed) -> None:
        if resumed.rebuilt:
            log.warning("rebuilding", store=name_of(self.engine), reason=resumed.rebuilt)
        for (topic, partition), count in resumed.gone.items():
            log.warning("unread_records_gone", partition=f"{topic}:{partition}", records=count)
        self._told = ""
        log.info("projecting", store=name_of(self.engine), read=sum(resumed.positions.values()))


@asynccontextmanager
async def watched(bootstrap: str, identity: Identity) -> AsyncIterator["asyncio.Task[str]"]:
    """What is done when one of the topics was deleted and made again: which."""
    watching = asyncio.create_task(until_made_anew(bootstrap, identity))
    try:
        yield watching
    finally:
        watching.cancel()


async def _pause(stop: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stop.wait(), RETRY_SECONDS)
    except TimeoutError:
        return
