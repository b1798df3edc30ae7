"""The lookout: takes what all partitions tell of waits, and looks at each time that all of them have told.

A function of the records of `analyst-waits` in their order, and, as long as no partition is left out, of what each
partition tells alone: what is told behind a time was known later, and changes nothing of what is seen at that time.
So whoever folds the same records tells the same, and it does not matter how many do, or who was ahead.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from clearance.events.incidents.incident import Incident, Kind
from clearance.events.incidents.learned import Learned
from clearance.events.incidents.waits import Wait, WaitKey
from clearance.events.incidents.watching import LOOK_EVERY, Watching

PATIENCE = timedelta(minutes=30)
"""A partition that tells nothing for so long, while others do, is left out until it tells something again."""
LONGEST_GAP = timedelta(minutes=1)
"""Of the time between two records no more than this counts: while nobody tells anything, nobody is late."""


class WaitsTold(Struct, frozen=True):
    """What one event of a partition says of waits, or that its time has passed `mark`. `src` numbers it: the place of
    the event. What bears a number that has been told is a repeat."""

    partition: int
    src: int
    authority: str = ""
    mark: datetime | None = None
    waits: tuple[tuple[Kind, Wait], ...] = ()


class IncidentTold(Struct, frozen=True, kw_only=True):
    """An incident as it was at a time. Of several the latest counts."""

    schema_version: int = 1
    epoch: int
    at: datetime
    incident: Incident


class Source(Struct, frozen=True):
    """What a partition has told: up to which number, up to which time; and how long others have waited for it."""

    src: int = -1
    mark: datetime | None = None
    late: timedelta = timedelta(0)


class Watched(Struct, frozen=True):
    """Of one authority and kind: what was learned, the incidents, whether anything that was told late is to be looked
    at, and the waits that are kept longer than others."""

    authority: str
    kind: Kind
    learned: Learned | None
    incidents: tuple[Incident, ...]
    late: bool
    kept: tuple[WaitKey, ...]


class Known(Struct, frozen=True):
    """All that a lookout knows at a record, but for the waits: these are taken anew from the records from `begins` on,
    before which each partition had told up to `before`."""

    place: int = -1
    begins: int = 0
    before: dict[int, int] = {}
    at: datetime | None = None
    written_at: datetime | None = None
    sources: dict[int, Source] = {}
    watched: tuple[Watched, ...] = ()
    places: tuple[tuple[int, dict[int, int]], ...] = ()


class Lookout:
    """`at` is when it has looked last. Mutable."""

    def __init__(self, epoch: int, partitions: int, known: Known, before: Iterable[tuple[int, WaitsTold]] = ()) -> None:
        """So many partitions tell something; `before` are the records from `known.begins` up to `known.place`, with
        their offsets."""
        self.epoch, self.place, self.at = epoch, known.place, known.at
        self._sources = {number: known.sources.get(number, Source()) for number in range(partitions)}
        self._places, self._written_at = known.places, known.written_at
        self._told_at = known.at
        self._watched = {(one.authority, one.kind): Watching(one.authority, one.kind) for one in known.watched}
        self._offsets: dict[tuple[str, Kind, WaitKey], int] = {}
        srcs = {**known.before}
        for offset, told in before:
            if told.src > srcs.get(told.partition, -1):
                srcs[told.partition] = told.src
                self._take(offset, told)
        for one in known.watched:
            self._watched[one.authority, one.kind].resume(
                learned=one.learned, incidents=one.incidents, late=one.late, kept=one.kept, at=known.at
            )
        self._forget_offsets()

    @property
    def wants_to_be_kept(self) -> bool:
        """Whether a day has begun since what it knows was told last."""
        return self.at is not None and (self._told_at is None or self.at.date() > self._told_at.date())

    @property
    def left_out(self) -> list[int]:
        """Partitions that are not waited for any more."""
        return sorted(number for number, one in self._sources.items() if one.late > PATIENCE)

    @property
    def incidents(self) -> list[Incident]:
        """Those that are open, and those that closed within two days."""
        return [one for _, watching in sorted(self._watched.items()) for one in watching.incidents]

    def take(self, offset: int, told: WaitsTold, written_at: datetime) -> list[IncidentTold]:
        """The next record, which was written at that time: the incidents that have changed with it."""
        if offset <= self.place:
            return []
        self.place = offset
        source = self._sources[told.partition]
        if told.src <= source.src:
            return []
        self._sources[told.partition] = replace(source, src=told.src)
        if told.mark is None:
            self._take(offset, told)
            return []
        return self._pass_time(told, told.mark, written_at)

    def known(self) -> Known:
        """All that it knows, told: whoever goes on from there comes to the same."""
        self._told_at = self.at
        held = min(self._offsets.values(), default=self.place + 1)
        places = (*self._places, (self.place + 1, {number: one.src for number, one in self._sources.items()}))
        first = max((nth for nth, (place, _) in enumerate(places) if place <= held), default=-1)
        begins, before = places[first] if first >= 0 else (0, {})
        self._places = places[max(first, 0) :]
        return Known(
            place=self.place,
            begins=begins,
            before=before,
            at=self.at,
            written_at=self._written_at,
            sources={**self._sources},
            watched=tuple(self._told(watching) for _, watching in sorted(self._watched.items())),
            places=self._places,
        )

    def _told(self, watching: Watching) -> Watched:
        return Watched(
            authority=watching.authority,
            kind=watching.kind,
            learned=watching.learned,
            incidents=watching.incidents,
            late=watching.is_late(self.at),
            kept=watching.kept(self.at),
        )

    def _take(self, offset: int, told: WaitsTold) -> None:
        for kind, wait in told.waits:
            watching = self._watched.setdefault((told.authority, kind), Watching(told.authority, kind))
            watching.take(wait)
            self._offsets.setdefault((told.authority, kind, wait.key), offset)

    def _pass_time(self, told: WaitsTold, mark: datetime, written_at: datetime) -> list[IncidentTold]:
        self._wait_for(told.partition, mark, written_at)
        marks = [one.mark for one in self._sources.values() if one.late <= PATIENCE]
        if None in marks:
            return []
        until = min(one for one in marks if one is not None)
        if self.at is None:
            self.at = until
        changed: list[IncidentTold] = []
        while self.at + LOOK_EVERY <= until:
            self.at += LOOK_EVERY
            for _, watching in sorted(self._watched.items()):
                found = watching.look(self.at)
                changed += [IncidentTold(epoch=self.epoch, at=self.at, incident=one) for one in found]
                for key in watching.forget():
                    self._offsets.pop((watching.authority, watching.kind, key), None)
        return changed

    def _wait_for(self, partition: int, mark: datetime, written_at: datetime) -> None:
        """Everybody but the partition that has just told something is later than before."""
        gap = min(max(written_at - (self._written_at or written_at), timedelta(0)), LONGEST_GAP)
        self._written_at = written_at
        for number, one in self._sources.items():
            if number == partition:
                latest = max(mark, one.mark or mark)
                self._sources[number] = replace(one, mark=latest, late=timedelta(0))
            else:
                self._sources[number] = replace(one, late=one.late + gap)

    def _forget_offsets(self) -> None:
        held = {
            (watching.authority, watching.kind, wait.key)
            for watching in self._watched.values()
            for wait in watching.waits
        }
        self._offsets = {key: offset for key, offset in self._offsets.items() if key in held}
