"""How old an answer is, in five headers of every answer under `/v1`; see `docs/freshness.md`.

Never in bodies: an answer that has not changed keeps its bytes and its ETag while it grows older. Only that a partition
is parked stands in both: that is a change. The progress is read
before the data, or with it, so that an answer is never older than its headers say.
"""

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import NamedTuple

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clearance.api.bulkheads import Bulkheads
from clearance.api.freshness_states import Situation, State, state_of
from clearance.api.header_lines import Lines, lines
from clearance.api.problems import Problem
from clearance.api.stores import Store, Stores
from clearance.api.tail import Told
from clearance.events.values.times import rfc3339
from clearance.settings.clock import monotonic, utc_now
from clearance.store.age import Ages
from clearance.store.bounds import Bound
from clearance.store.errors import StoreError
from clearance.store.reader import Reader, reading
from clearance.store.rows import Folded
from clearance.store.viewer import EVERYBODY

AS_OF, LAG_SECONDS, STREAM_TIME = "Clearance-As-Of", "Clearance-Lag-Seconds", "Clearance-Stream-Time"
STALE, STATE = "Clearance-Stale-Since", "Clearance-Freshness"
UNTOLD = (401, 403, 429, 503)
"""Answers for which nobody asks the store: who is not let in costs it nothing."""
TICK_SECONDS = 0.02
"""How long headers that were made may be told; the lag is told to a tenth of a second."""


class Progress(NamedTuple):
    """What a store holds of it, of so many partitions."""

    folded: Sequence[Folded]
    partitions: int

    def of(self, partition: int | None) -> list[Folded]:
        """That of one partition, or of all."""
        return [one for one in self.folded if partition is None or one.partition == partition]

    def is_missing(self, partition: int | None) -> bool:
        """Whether that of one of them is."""
        return len(self.of(partition)) < (self.partitions if partition is None else 1)


class Freshness(NamedTuple):
    """`as_of`: what the tracker had folded by this time of its clock is there; `age_seconds` is how long ago that was.
    `stream_time`: the last clock folded. `stale_since`: since when nothing of a partition that is spoken of is folded,
    None while all are."""

    as_of: datetime
    age_seconds: float
    stream_time: datetime | None
    stale_since: datetime | None = None


def freshness(progress: Progress, ages: Ages, partition: int | None = None) -> Freshness | None:
    """That of one partition, or the oldest of all. None while the store does not hold the progress of each."""
    if progress.is_missing(partition):
        return None
    concerned = progress.of(partition)
    stream_times = [one.stream_time for one in concerned if one.stream_time is not None]
    parked = [one.parked_since for one in concerned if one.parked_since is not None]
    return Freshness(
        as_of=min(one.wall_time for one in concerned),
        age_seconds=ages.seconds(concerned, utc_now(), monotonic()),
        stream_time=min(stream_times, default=None),
        stale_since=min(parked, default=None),
    )


def state(
    progress: Progress, age_seconds: float, partition: int | None, switching: bool, stale_seconds: float
) -> State:
    """That of one partition, or the worst of all."""
    concerned, now = progress.of(partition), utc_now()
    situation = Situation(
        missing=progress.is_missing(partition),
        switching=switching,
        parked=any(one.parked_since is not None for one in concerned),
        age_seconds=age_seconds,
        unchanged_seconds=max((abs((now - one.applied_at).total_seconds()) for one in concerned), default=0.0),
        stale_seconds=stale_seconds,
    )
    return state_of(situation)


class Read:
    """What a request has read of the progress, kept in its scope, and of which store: all of its answer comes from that
    one. `partition` if the answer speaks of one only; `silent` if it holds nothing of the store, and has no age."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.known = self.silent = False
        self.progress: Sequence[Folded] = ()
        self.partition: int | None = None

    @property
    def parked(self) -> Collection[int]:
        """The partitions of which nothing is folded."""
        return [one.partition for one in self.progress if one.parked_since is not None]

    @property
    def speaks_of_parked(self) -> bool:
        """Whether nothing is folded of a partition that the answer speaks of."""
        return any(self.partition in (None, one) for one in self.parked)

    def note(self, reader: Reader) -> None:
        """Read it now, by the reader that reads the data next."""
        self.progress, self.known = reader.progress(), True

    def take(self, other: "Read") -> None:
        """What another request has read: the answer is the one that it got."""
        self.progress, self.known, self.partition = other.progress, other.known, other.partition
        self.silent = other.silent


class FreshnessHeaders:
    """Puts the headers on every answer under `/v1`, also on errors; no store, no headers."""

    def __init__(self, app: ASGIApp, stores: Stores, bulkheads: Bulkheads, stale_seconds: float) -> None:
        self.app, self.stores, self.bulkheads, self.stale_seconds = app, stores, bulkheads, stale_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/v1/"):
            return await self.app(scope, receive, send)
        read = scope.setdefault("state", {})["read"] = Read(self.stores.current)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                if not (read.known or read.silent) and message["status"] not in UNTOLD:
                    with suppress(Problem, StoreError):
                        await self.bulkheads.cheap.ask(partial(_noted, read))
                self._tell(MutableHeaders(scope=message), read)
            await send(message)

        return await self.app(scope, receive, with_headers)

    def _tell(self, headers: MutableHeaders, read: Read) -> None:
        progress = Progress(read.progress, read.store.partitions)
        one = freshness(progress, self.stores.ages(read.store.epoch), read.partition)
        _add(headers, one)
        if read.known:
            age = one.age_seconds if one else 0.0
            switching = self.stores.is_switching(read.store.epoch)
            headers[STATE] = state(progress, age, read.partition, switching, self.stale_seconds)


def _noted(read: Read, bound: Bound) -> None:
    with reading(read.store.engine, EVERYBODY, bound) as reader:
        read.note(reader)


def _add(headers: MutableHeaders, one: Freshness | None) -> None:
    headers.add_vary_header("Accept-Language")
    headers.setdefault("Cache-Control", "private, no-cache")
    if one is not None:
        headers.update(_told(one))


def _told(one: Freshness) -> dict[str, str]:
    times = {AS_OF: one.as_of, STREAM_TIME: one.stream_time, STALE: one.stale_since}
    told = {name: rfc3339(time) for name, time in times.items() if time is not None}
    return told | {LAG_SECONDS: f"{one.age_seconds:.1f}"}


class FreshnessTold:
    """The headers for what is made of what the tail has told, in bytes; made once for a `TICK`, and as old as what they
    say will be at its end."""

    def __init__(self, stores: Stores, stale_seconds: float) -> None:
        self._stores, self._stale_seconds = stores, stale_seconds
        self._seen: Told | None = None
        self._furthest: datetime | None = None
        self._made: dict[int | None, tuple[float, Lines | None]] = {}

    def of(self, moment: Told, partition: int | None) -> Lines | None:
        """Those of one partition, or of all; None if one of them is parked, or has no progress."""
        self._see(moment)
        until, headers = self._made.get(partition, (0.0, None))
        if (now := monotonic()) > until:
            headers = self._of(moment, partition)
            self._made[partition] = now + TICK_SECONDS, headers
        return headers

    def stream_time(self, moment: Told) -> datetime | None:
        """The last clock folded, of the partition that has come furthest."""
        self._see(moment)
        return self._furthest

    def _see(self, moment: Told) -> None:
        if self._seen is not moment:
            times = (one.stream_time for one in moment.progress.values() if one.stream_time is not None)
            self._seen, self._furthest = moment, max(times, default=None)
            self._made.clear()

    def _of(self, moment: Told, partition: int | None) -> Lines | None:
        progress = Progress([*moment.progress.values()], moment.store.partitions)
        one = freshness(progress, self._stores.ages(moment.store.epoch), partition)
        if one is None or one.stale_since is not None:
            return None
        one = one._replace(age_seconds=one.age_seconds + TICK_SECONDS)
        switching = self._stores.is_switching(moment.store.epoch)
        word = state(progress, one.age_seconds, partition, switching, self._stale_seconds)
        told = _told(one) | {STATE: word}
        return lines(tuple((name.lower().encode(), value.encode()) for name, value in told.items()))
