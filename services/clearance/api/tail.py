"""The tail: what the projector applies is told to whoever keeps anything of the store in memory, or waits for it.

A thread follows the current store and hands each batch to the listeners, in the loop, in order and without holes. The
surprise: whatever breaks the order (another store, one that was emptied, a minute without looking) is told as one,
that everything may have changed. Whoever keeps something forgets all of it then.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from threading import Event, Thread
from typing import NamedTuple

import structlog
from msgspec import ValidationError
from sqlalchemy.exc import ProgrammingError

from clearance.api.stores import Store, Stores
from clearance.events.learning.expectations import Expectations
from clearance.settings.clock import monotonic
from clearance.store.applied import AppliedBatch, Numbered
from clearance.store.errors import StoreError
from clearance.store.following import Follower, beginning, expectations_now
from clearance.store.rows import Folded

log = structlog.get_logger()
LOOK_SECONDS = 0.025
AGAIN_SECONDS = 1.0
"""Between two attempts at a store that is away."""
OF_BEFORE = (ProgrammingError, ValidationError)
"""What says that a projector of before has made the store, or writes into it."""


class Told(NamedTuple):
    """What listeners are told. `batch` is None when everything may have changed; `progress` is how far each partition
    is folded, by number, once all up to here is taken in: an answer made of what was told is as fresh as that.
    `expectations` is the table in force then, or a later one."""

    store: Store
    number: int
    batch: AppliedBatch | None
    progress: Mapping[int, Folded]
    expectations: Expectations | None = None


Listener = Callable[[Told], None]
"""Called in the loop; it does little, and raises nothing."""


class Tail:
    """`last` is what was told last, None before the first; `listeners` may be added at any time in the loop."""

    def __init__(self, stores: Stores) -> None:
        self.listeners: list[Listener] = []
        self.last: Told | None = None
        self._stores, self._ended, self._looked = stores, Event(), float("-inf")

    def age(self) -> float:
        """How long ago the store was last looked at [s]: what came since is not told yet."""
        return monotonic() - self._looked

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follow meanwhile, for this loop."""
        thread = Thread(target=self._run, args=(asyncio.get_running_loop(),), name="tail", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            await asyncio.to_thread(thread.join)

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        said = False
        while not self._ended.is_set():
            try:
                with self._opened() as following:
                    while not self._ended.wait(LOOK_SECONDS) and following.store is self._stores.current:
                        looked = monotonic()
                        for told in following.look():
                            loop.call_soon_threadsafe(self._tell, told)
                        self._looked, said = looked, False
            except (StoreError, *OF_BEFORE) as error:
                if not said:
                    log.warning("not following what is applied", reason=str(error).partition("\n")[0])
                said = True
                self._ended.wait(AGAIN_SECONDS)

    @contextmanager
    def _opened(self) -> "Iterator[Following]":
        store = self._stores.current
        with Follower(store.engine) as follower:
            yield Following(store, follower)

    def _tell(self, told: Told) -> None:
        self.last = told
        for listener in [*self.listeners]:
            listener(told)


class Following:
    """One store, followed from where it stands at the first look."""

    def __init__(self, store: Store, follower: Follower) -> None:
        self.store, self._follower = store, follower
        self._number: int | None = None
        self._progress: dict[int, Folded] = {}
        self._expectations: Expectations | None = None

    def look(self) -> Iterator[Told]:
        """What is new. Raises `StoreError`."""
        if self._number is None:
            yield self._begun()
            return
        for one in self._follower.after(self._number):
            if one.number != self._number + 1:
                yield self._begun()
                return
            yield self._taken(one)

    def _begun(self) -> Told:
        self._number, progress, self._expectations = beginning(self.store.engine)
        self._progress = {one.partition: one for one in progress}
        return Told(self.store, self._number, None, self._progress, self._expectations)

    def _taken(self, one: Numbered) -> Told:
        self._number = one.number
        if one.batch.progress:
            self._progress = self._progress | {each.partition: each for each in one.batch.progress}
        if one.batch.expectations:
            self._expectations = expectations_now(self.store.engine)
        return Told(self.store, one.number, one.batch, self._progress, self._expectations)
