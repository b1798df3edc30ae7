"""Reading on from where the store stands, until it is to stop or until something goes away.

Whatever goes wrong, the next session begins where the store stands, as after a start: there is no other way back.
"""

import asyncio
from collections.abc import Mapping

import structlog
from sqlalchemy import Engine

from clearance.kafka.errors import BrokerError
from clearance.metrics import Board
from clearance.projector import gauges
from clearance.projector.decoding import Decoded, decode
from clearance.projector.keeping import Keeping
from clearance.projector.source import Source
from clearance.projector.waiting_progress import Fetched
from clearance.settings.clock import monotonic, utc_now
from clearance.store.event_writes import Gap
from clearance.store.positions import Bounds, Place, Resumed
from clearance.store.writes import Applied, Writer

log = structlog.get_logger()


class Session:
    """Applies what `source` gives. `written` becomes true with the first batch."""

    def __init__(
        self,
        engine: Engine,
        source: Source,
        resumed: Resumed,
        bounds: Mapping[Place, Bounds],
        board: Board,
        shown: gauges.Gauges,
        keeping: Keeping,
    ) -> None:
        self.source, self.board, self.shown, self.names = source, board, shown, source.names
        self.writer = Writer(engine, resumed.positions)
        self.whole = {
            partition
            for (topic, partition), held in bounds.items()
            if topic == self.names.events and resumed.positions[topic, partition] == held.first
        }
        self.written = False
        self.keeping = keeping
        shown.positions = self.writer.positions

    async def run(self, stop: asyncio.Event, made_anew: "asyncio.Future[str]") -> None:
        """Until `stop`, which lets the batch in hand be finished; `made_anew` tells that a topic is another one by now.
        Raises `StoreError`, `BrokerError`, `KafkaError`."""
        self.source.begin(self.writer.positions)
        while not stop.is_set():
            if made_anew.done():
                raise BrokerError(f"the topic {made_anew.result()} was deleted and made again")
            if fetched := await self.source.fetch():
                await self._apply(fetched)
                self.written = True
                self.shown.worked()
            await asyncio.to_thread(self.keeping.work, self.writer)

    async def _apply(self, fetched: Fetched) -> None:
        begun = monotonic()
        while fetched:
            try:
                decoded, applied = await asyncio.to_thread(self._write, fetched)
            except Gap as gap:
                behind = {(self.names.events, gap.event.partition), (self.names.progress, gap.event.partition)}
                fetched = {place: fetched[place] for place in fetched if place not in behind}
                await self._read_again(gap)
            else:
                gauges.count(self.board, self.names, decoded, applied, monotonic() - begun)
                for unreadable in decoded.unreadable:
                    log.error("unreadable", record=unreadable.place, reason=unreadable.reason)
                return

    def _write(self, fetched: Fetched) -> tuple[Decoded, Applied]:
        decoded = decode(fetched, self.names)
        return decoded, self.writer.write(decoded.batch, utc_now(), self.whole)

    async def _read_again(self, gap: Gap) -> None:
        """Events are missing. If the log has them, this store has not read all of it: begin the partition anew, in
        which the reader's rule skips what is held. What is missing then is gone."""
        place = (self.names.events, gap.event.partition)
        first = (await self.source.bounds())[place].first
        self.source.seek(place, first)
        self.whole.add(gap.event.partition)
        self.board.add(gauges.RECORDS, self.names.events, "waiting")
        log.warning(
            "events_missing",
            declaration=gap.event.declaration,
            record=f"{self.names.events}:{gap.event.partition}:{gap.event.offset}",
            has=gap.held,
            came=gap.event.number,
            remedy=f"the partition is read again from offset {first}",
        )
