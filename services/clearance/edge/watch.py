"""The folder in which an import client leaves what it received: each file takes effect once, however it comes.

Append, acknowledge, write into the journal, move away: in this order, so that a crash loses nothing and at most makes a
copy. A file that cannot be filed is refused only when it has been the same for a minute, since one that is still being
written cannot be filed either.
"""

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

import structlog

from clearance.edge.append import Edge
from clearance.edge.folder import FinishedFile, Folder
from clearance.edge.intake import records_of
from clearance.edge.journal import Journal, JournalLine
from clearance.edge.letters import TooLarge
from clearance.edge.outcomes import TakenArrival
from clearance.edge.received import Received, Watched, move_away, read_received
from clearance.events.partition.replay import Arrival
from clearance.events.values.errors import InvalidMessage
from clearance.recordings.sidecar import UnreadableFile
from clearance.settings.clock import monotonic, utc_now
from clearance.settings.tables import default_tables

SLOW_SECONDS = 10.0
"""After so long without an acknowledgement it is told."""
LINES = 200
"""So many files are written into the journal at once."""
REMEMBERED = timedelta(days=30)
"""How long the journal knows a file that is not in the folder any more. One that comes back later is a copy."""


class Watch:
    """Looks into one folder again and again; `stop` ends it after the files that are on their way.

    Raises `OSError` if the folder is not there when it begins.
    """

    def __init__(self, watched: Watched, journal: Journal, clock: Callable[[], float] = monotonic) -> None:
        self.watched = watched
        self.stop = asyncio.Event()
        self._journal = journal
        self._clock = clock
        self._folder = Folder(watched.folder, journal.signature)
        self._told: dict[str, str] = {}
        self._log = structlog.get_logger().bind(folder=str(watched.folder))
        journal.forget(utc_now() - REMEMBERED, self._folder.names())

    async def follow(self, edge: Edge) -> None:
        """Look until stopped. Raises `BrokerError`; what was not acknowledged by then is taken at the next call."""
        while not self.stop.is_set():
            counts = await self.look(edge)
            edge.worked_at = monotonic()
            if counts:
                self._log.info("taken", **counts)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stop.wait(), self.watched.every_seconds)

    async def look(self, edge: Edge) -> Counter[str]:
        """One look: take what is finished, and count it by result. What cannot be read is told, and tried again."""
        counts: Counter[str] = Counter()
        on_their_way: deque[Received] = deque()
        lines: list[JournalLine] = []
        late = self._late_after(SLOW_SECONDS)
        try:
            async for taken in edge.take_many(self._arrivals(lines, on_their_way)):
                late.cancel()
                late = self._late_after(SLOW_SECONDS)
                self._note(taken)
                lines.append(on_their_way.popleft().line(taken.result))
                if len(lines) >= LINES:
                    counts += self._write(lines)
        finally:
            late.cancel()
            counts += self._write(lines)
        self._clear()
        self._told = {name: reason for name, reason in self._told.items() if name in self._folder}
        return counts

    def _arrivals(self, lines: list[JournalLine], on_their_way: deque[Received]) -> Iterator[Arrival | TooLarge]:
        """What the finished files hold. Copies of what was taken under another name go straight to `lines`."""
        contents: set[str] = set()
        for found in self._finished():
            if self.stop.is_set():
                return
            received = self._read(found)
            if received is None or received.content in contents:
                continue
            if self._journal.holds(received.content):
                lines.append(received.line("copy"))
                continue
            contents.add(received.content)
            on_their_way.append(received)
            yield received.given

    def _finished(self) -> Iterable[FinishedFile]:
        try:
            found = self._folder.look(self._clock())
        except OSError as error:
            self._tell(".", f"the folder cannot be read: {error.strerror or error}")
            return ()
        self._told.pop(".", None)
        return found

    def _read(self, found: FinishedFile) -> Received | None:
        try:
            received = read_received(found, self.watched, utc_now())
        except (OSError, UnreadableFile) as error:
            self._tell(found.name, f"it cannot be read: {error}")
            return None
        if received is None or (
            self._clock() - found.since < self.watched.patience_seconds and not _can_be_filed(received.given)
        ):
            return None
        return received

    def _write(self, lines: list[JournalLine]) -> Counter[str]:
        """The journal first, then the folder."""
        self._journal.write(lines, utc_now())
        for line in lines:
            self._folder.take(line.name, line.signature)
            self._told.pop(line.name, None)
        counts = Counter(line.result for line in lines)
        lines.clear()
        return counts

    def _clear(self) -> None:
        """Move what was taken, also before a restart."""
        done = self.watched.done
        if done is None:
            return
        for name, signature in self._folder.taken():
            try:
                move_away(self.watched.folder / name, signature, done)
            except OSError as error:
                self._tell(name, f"it was taken, and cannot be moved: {error.strerror or error}")

    def _late_after(self, seconds: float) -> asyncio.TimerHandle:
        """A word that the broker keeps everything waiting, unless it is called off."""
        late = "the broker does not acknowledge; files stay where they are"
        return asyncio.get_running_loop().call_later(seconds, self._log.warning, late)

    def _note(self, taken: TakenArrival) -> None:
        if taken.result == "refused":
            self._log.warning("refused: it is a dead letter", file=taken.name, reason=taken.reason)

    def _tell(self, name: str, reason: str) -> None:
        """Once for each file and reason."""
        if self._told.get(name) != reason:
            self._told[name] = reason
            self._log.warning("tried again at every look", file=name, reason=reason)


def _can_be_filed(given: Arrival | TooLarge) -> bool:
    if isinstance(given, TooLarge):
        return True
    try:
        records_of(given, default_tables())
    except InvalidMessage:
        return False
    return True
