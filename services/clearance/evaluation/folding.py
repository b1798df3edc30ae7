"""One seed folded in simulated time: what is told, with a clock record at every deadline, as a live tracker has them.

No broker and no store: the pure fold of one partition, which is what the tracker runs.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from clearance.evaluation.comparing import Comparer
from clearance.evaluation.repeats import with_repeats
from clearance.evaluation.silences import Listener, Watched, watched
from clearance.evaluation.watching import Watcher
from clearance.events.incidents.incident import Incident
from clearance.events.log.inputs import Clock, Input
from clearance.events.partition.partition import Partition, placed
from clearance.events.step.outputs import AnomalyOpened
from clearance.events.tables.tables import Tables
from clearance.simulator.direct import Told
from clearance.simulator.life import Life

AFTERWARDS = timedelta(days=40)
"""How long time still passes behind the last message: longer than any level of the shipped durations."""


class Folded(NamedTuple):
    """A seed, folded: the lives that were told, all that was raised, how long each filing stood still, the
    incidents."""

    lives: list[Life]
    raised: list["Raised"]
    watched: list[Watched]
    incidents: list[Incident]


class Raised(Struct, frozen=True):
    """An anomaly that opened: of which declaration (its primary number), by which rule and level, when."""

    about: str
    rule: str
    deadline: datetime
    at: datetime


class SeedFold:
    """Takes what is told, in the order of its times; `raised` tells what opened."""

    def __init__(self, tables: Tables) -> None:
        self.watcher = Watcher(tables)
        self._partition = Partition(tables)
        self._comparer = Comparer(tables)
        self._opened: list[Raised] = []
        self._listener = Listener(tables)
        self._position = 0

    def take(self, told: Told) -> None:
        self.pass_time(told.at)
        for key, given in told.inputs:
            self._append(key, given)

    def pass_time(self, until: datetime) -> None:
        while (due := self._partition.due()) is not None and due <= until:
            self._append("", Clock(at=due))

    def raised(self) -> Iterator[Raised]:
        """What opened, under the number that its declaration has in the end; the same once only."""
        known = set()
        for one in self._opened:
            about = self._primary(one.about)
            if (key := (about, one.rule, one.deadline)) not in known:
                known.add(key)
                yield Raised(about, one.rule, one.deadline, one.at)

    def watched(self, lives: Iterable[Life]) -> Iterator[Watched]:
        """How long each filing of these lives stood still."""
        names: dict[str, list[str]] = defaultdict(list)
        for name in self._partition.states:
            names[self._primary(name)].append(name)
        return watched(lives, self._listener, names)

    def _append(self, key: str, given: Input) -> None:
        """One input and all that it sends."""
        waiting: deque[tuple[str, Input]] = deque([(key, given)])
        while waiting:
            to, one = waiting.popleft()
            for step in self._partition.fold(to, placed(one, self._position)):
                for event in step.events:
                    self.watcher.take(event)
                    waiting += self._comparer.take(event)
                self._listener.hear(step.declaration, one.at)
                self._opened += [
                    Raised(event.declaration, event.data.anomaly.rule, event.data.anomaly.deadline, event.at)
                    for event in step.events
                    if isinstance(event.data, AnomalyOpened)
                ]
                waiting += [(send.to, send.input) for send in step.sends]
            self._position += 1

    def incidents(self) -> list[Incident]:
        """All that opened, with the numbers that their members have in the end."""
        return [
            replace(one, members=tuple(sorted({self._primary(name) for name in one.members})))
            for one in self.watcher.incidents()
        ]

    def _primary(self, name: str) -> str:
        while into := self._partition.states[name].merged_into:
            name = into
        return name


def folded(told: Iterable[Told], tables: Tables) -> Folded:
    """All that is told, and time that passes behind the last of it."""
    fold, lives, last = SeedFold(tables), {}, None
    for last in told:
        lives[last.life.name] = last.life
        fold.take(last)
    if last is not None:
        fold.pass_time(last.at + AFTERWARDS)
    return Folded(
        lives=[with_repeats(life) for life in lives.values()],
        raised=list(fold.raised()),
        watched=list(fold.watched(lives.values())),
        incidents=fold.incidents(),
    )
