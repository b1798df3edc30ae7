"""Bulkheads: each class of questions has threads and a queue of its own, so that cheap ones never wait for dear ones.

A question has so long to begin, and then so long to be answered; it ends when all have left who asked it. Those who ask
the same at the same time get one answer (`key`). What cannot be taken is refused, with a `Problem` that says so.
"""

import asyncio
import sys
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeVar

from clearance.api.problems import Problem
from clearance.metrics import Board, Labels
from clearance.settings import Settings
from clearance.settings.clock import monotonic
from clearance.settings.priority import give_way
from clearance.store.bounds import Bound
from clearance.store.errors import QuestionEnded

T = TypeVar("T")
Kind = Literal["cheap", "list", "dear"]
GIVE_WAY = frozenset({"dear"})
"""Those whose threads run behind all others: equal, they took half of its core from the event loop (decision 94)."""
ENDS = {"busy": "refused", "takes-too-long": "too_long"}
"""What a question that was not answered counts as, by its problem."""


class Limits(NamedTuple):
    """`waiting` may wait at once, for `wait_seconds` each; an answer may take `seconds`."""

    threads: int
    seconds: float
    waiting: int
    wait_seconds: float


@dataclass(eq=False)
class Flight:
    """A question under way, and how many wait for it."""

    bound: Bound
    asked_at: float
    begun_at: float | None = None
    askers: int = 0
    future: "Future[Any]" = field(init=False)

    def run(self, work: Callable[[Bound], Any]) -> Any:
        self.begun_at = monotonic()
        return work(self.bound)

    def seconds_left(self, wait_seconds: float) -> float:
        """Until when it must have begun, or be answered."""
        until = self.asked_at + wait_seconds if self.begun_at is None else self.begun_at + self.bound.seconds
        return until - monotonic()


class Bulkhead:
    """The threads of one class."""

    def __init__(self, kind: Kind, limits: Limits, board: Board) -> None:
        self.kind, self._limits, self._board = kind, limits, board
        for result in ENDS.values():
            board.add("clearance_questions_total", kind, result, by=0)  # Prometheus sees no rise in what begins at 1
        yielding = give_way if kind in GIVE_WAY else None
        self._threads = ThreadPoolExecutor(limits.threads, f"{kind} questions", initializer=yielding)
        self._flights: set[Flight] = set()
        self._shared: dict[Hashable, Flight] = {}

    async def ask(self, work: Callable[[Bound], T], key: Hashable = None) -> T:
        """What the work gives; with a `key`, what it gave to another who asked the same. Raises `Problem`, and what the
        work raises."""
        result = "left"
        try:
            answer: T = await self._answer(self._shared.get(key) or self._begin(work, key), key)
            result = "answered"
        except Problem as problem:
            result = ENDS.get(problem.slug, "answered")
            raise
        except Exception:
            result = "failed"
            raise
        finally:
            self._board.add("clearance_questions_total", self.kind, result)
        return answer

    def under_way(self) -> dict[Labels, float]:
        """How many wait, and how many run."""
        waiting = sum(flight.begun_at is None for flight in [*self._flights])
        return {(self.kind, "waiting"): waiting, (self.kind, "running"): len(self._flights) - waiting}

    def _begin(self, work: Callable[[Bound], Any], key: Hashable) -> Flight:
        if len(self._flights) >= self._limits.threads + self._limits.waiting:
            raise Problem("busy")
        flight = Flight(Bound(self._limits.seconds), monotonic())
        self._flights.add(flight)
        if key is not None:
            self._shared[key] = flight
        flight.future = self._threads.submit(flight.run, work)
        flight.future.add_done_callback(lambda _: self._flights.discard(flight))
        return flight

    async def _answer(self, flight: Flight, key: Hashable) -> Any:
        flight.askers += 1
        try:
            await self._until_done(flight)
            return flight.future.result()
        except QuestionEnded as error:
            raise Problem("takes-too-long", seconds=self._limits.seconds) from error
        finally:
            flight.askers -= 1
            if (flight.future.done() or not flight.askers) and self._shared.get(key) is flight:
                del self._shared[key]
            if not flight.askers and not flight.future.done() and not flight.future.cancel():
                asyncio.get_running_loop().run_in_executor(None, flight.bound.end)

    async def _until_done(self, flight: Flight) -> None:
        """Raises `Problem` if it does not begin, or is not answered, in time."""
        loop, done = asyncio.get_running_loop(), asyncio.Event()
        flight.future.add_done_callback(lambda _: _tell(loop, done))
        while not flight.future.done():
            if (seconds := flight.seconds_left(self._limits.wait_seconds)) > 0:
                with suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await done.wait()
            elif flight.begun_at is not None:
                raise Problem("takes-too-long", seconds=self._limits.seconds)
            else:
                flight.future.cancel()
        if flight.future.cancelled():
            raise Problem("busy")


def _tell(loop: asyncio.AbstractEventLoop, done: asyncio.Event) -> None:
    with suppress(RuntimeError):  # whoever waited has left, and the loop with him
        loop.call_soon_threadsafe(done.set)


SWITCH_SECONDS = 0.00025
"""How long a thread that computes keeps the event loop waiting: a twentieth of what Python does, after each sleep."""


class Bulkheads:
    """One for each class: what is about one declaration or command, lists, and what reads the whole store."""

    def __init__(self, settings: Settings, board: Board) -> None:
        sys.setswitchinterval(SWITCH_SECONDS)
        limits: dict[Kind, tuple[int, float]] = {
            "cheap": (settings.api_cheap_threads, settings.api_cheap_seconds),
            "list": (settings.api_list_threads, settings.api_list_seconds),
            "dear": (settings.api_dear_threads, settings.api_dear_seconds),
        }
        queue = (settings.api_waiting, settings.api_wait_seconds)
        self.of = {kind: Bulkhead(kind, Limits(*given, *queue), board) for kind, given in limits.items()}
        board.at_scrape("clearance_questions_under_way", self._under_way)

    @property
    def cheap(self) -> Bulkhead:
        return self.of["cheap"]

    def _under_way(self) -> dict[Labels, float]:
        return {labels: count for one in self.of.values() for labels, count in one.under_way().items()}
