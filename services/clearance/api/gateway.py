"""What trusted connections bring from customs, taken to the log: each message is told apart, none is lost on the way.

The surprise: a connection is held to a number of requests under way, and waits for the log with each of them. So the
broker, when it is slow, slows whoever sends, and a connection that floods refuses nobody but itself.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import zip_longest
from typing import Any, NamedTuple

from clearance.api import models, position
from clearance.api.answers import coded
from clearance.api.clerk import Log
from clearance.api.problems import Problem
from clearance.api.words import Words
from clearance.edge.outcomes import TakenArrival
from clearance.events.partition.replay import Arrival
from clearance.events.receipts.routing import message_id
from clearance.kafka.errors import BrokerError

OF_ONE, OF_ALL = 4, 16
"""Requests under way, of one connection and of all: so much memory they may hold, by the largest body."""
AT_ONCE, AT_ONCE_BYTES = 50, 64 * 1024
"""What is handed over before others have their turn: routing a message is work of this process."""
SECONDS = 10.0
"""How long the broker may take to acknowledge what was handed over at once."""


class Taken(NamedTuple):
    """What became of each message, and the headers that tell the position of all that was appended."""

    messages: list[models.BroughtMessage]
    headers: dict[str, str]


class Gateway:
    """Takes messages, for as many requests at once as there is room for."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._under_way: Counter[str] = Counter()

    @contextmanager
    def place(self, connection: str) -> Iterator[None]:
        """Room for one request of a connection. Raises `Problem`."""
        if self._under_way[connection] >= OF_ONE:
            raise Problem("too-many-under-way", limit=OF_ONE)
        if self._under_way.total() >= OF_ALL:
            raise Problem("busy")
        self._under_way[connection] += 1
        try:
            yield
        finally:
            self._under_way[connection] -= 1
            if not self._under_way[connection]:
                del self._under_way[connection]

    async def take(self, arrivals: Sequence[Arrival], words: Words, epoch: int) -> Taken:
        """What became of each, once the log has them; `epoch` is answered from. Raises `Problem` if the log has not, or
        one was refused."""
        results: list[TakenArrival] = []
        try:
            for some in _portions(arrivals):
                async with asyncio.timeout(SECONDS):
                    async for result in self._log.take_many(some):
                        results.append(result)  # noqa: PERF401 # what came before an error counts
        except (BrokerError, TimeoutError) as error:
            raise _lost(told(arrivals, results, words), _position(results, epoch)) from error
        return _whole(Taken(told(arrivals, results, words), _position(results, epoch)))


def told(arrivals: Sequence[Arrival], results: Sequence[TakenArrival], words: Words) -> list[models.BroughtMessage]:
    """Each message and what became of it; those behind the last result were not acknowledged."""
    return [_told(arrival, result, words) for arrival, result in zip_longest(arrivals, results)]


def _told(arrival: Arrival, result: TakenArrival | None, words: Words) -> models.BroughtMessage:
    outcome = "unacknowledged" if result is None else "accepted" if result.result == "appended" else "refused"
    return models.BroughtMessage(
        name=arrival.name,
        message_id=message_id(arrival.data),
        outcome=coded(words, "outcome", outcome),
        reason=result.reason if result else "",
        declarations=list(result.declarations) if result else [],
    )


def _position(results: Iterable[TakenArrival], epoch: int) -> dict[str, str]:
    """The header that tells of all that was appended."""
    return position.told(epoch, (place for one in results for place in one.appended))


def _whole(taken: Taken) -> Taken:
    messages, headers = taken
    refused = sum(one.outcome.code == "refused" for one in messages)
    if refused:
        raise Problem("messages-refused", headers, refused=refused, count=len(messages), messages=_shown(messages))
    return taken


def _lost(messages: list[models.BroughtMessage], headers: dict[str, str]) -> Problem:
    missing = sum(one.outcome.code == "unacknowledged" for one in messages)
    return Problem("messages-unacknowledged", headers, missing=missing, count=len(messages), messages=_shown(messages))


def _shown(messages: Iterable[models.BroughtMessage]) -> list[dict[str, Any]]:
    return [one.model_dump(mode="json") for one in messages]


def _portions(arrivals: Sequence[Arrival]) -> Iterator[list[Arrival]]:
    """Few at a time, in their order."""
    some: list[Arrival] = []
    for arrival in arrivals:
        some.append(arrival)
        if len(some) == AT_ONCE or sum(len(one.data) for one in some) > AT_ONCE_BYTES:
            yield some
            some = []
    if some:
        yield some
