"""Files into the log, in the order of their times, and the end of the backfill behind them."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from clearance.edge import shown
from clearance.edge.append import open_edge
from clearance.edge.letters import TooLarge, is_too_large, too_large_file
from clearance.edge.outcomes import TakenArrival
from clearance.edge.received import keep_aside
from clearance.events.partition.replay import Arrival
from clearance.metrics import Board
from clearance.recordings.read import ArrivalFile, arrival_of_file
from clearance.recordings.sidecar import UnreadableFile
from clearance.settings.clock import utc_now

MARKED = frozenset({"message", "command"})
"""The kinds of arrival that a backfill marks."""


@dataclass
class Loading:
    """What is to be loaded, how, and how many had which result so far.

    `backfill` is its id, "" for live messages; `aside` is the folder that keeps what is too large.
    """

    files: Sequence[ArrivalFile]
    organisation: str
    system: str
    backfill: str
    aside: Path | None
    counts: Counter[str] = field(default_factory=Counter)

    async def run(self, bootstrap: str, board: Board | None) -> AsyncIterator[TakenArrival]:
        """Append them, each given out as soon as it is acknowledged, and counted on the board. Raises `BrokerError`.

        Clocks of recordings are left out: a log has a clock of its own, and follows the one that spoke last.
        """
        async with open_edge(bootstrap, board) as edge:
            if board is not None:
                shown.show(board, edge)
            async for taken in edge.take_many(self._arrivals()):
                self.counts[taken.result] += 1
                self.counts["records"] += len(taken.appended)
                yield taken
            if self.backfill:
                await edge.end_backfill(self.backfill, utc_now())

    def _arrivals(self) -> Iterator[Arrival | TooLarge]:
        for file in self.files:
            arrival = arrival_of_file(file, self.organisation, self.system)
            if arrival.kind == "clock":
                self.counts["clocks"] += 1
                continue
            if self.backfill and arrival.kind in MARKED:
                arrival = replace(arrival, backfill=self.backfill)
            yield self._large(file.path, arrival) if is_too_large(file.path) else arrival

    def _large(self, path: Path, arrival: Arrival) -> Arrival | TooLarge:
        arrival = replace(arrival, organisation=self.organisation, system=self.system)
        try:
            return keep_aside(path, arrival, self.aside) if self.aside else too_large_file(path, arrival)
        except UnreadableFile as error:
            return replace(arrival, refusal=str(error))
