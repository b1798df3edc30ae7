"""Answers as the caller gets them, and those that are kept with their ETags."""

from collections import OrderedDict
from datetime import datetime
from threading import Lock
from typing import Any, Generic, NamedTuple, TypeVar

import httpx
import msgspec

from clearance.client.errors import Unreachable

T = TypeVar("T")
_DECODERS: dict[type, msgspec.json.Decoder[Any]] = {}
_LEARNING = Lock()
AS_OF, LAG, STALE = "Clearance-As-Of", "Clearance-Lag-Seconds", "Clearance-Stale-Since"


class Freshness(NamedTuple):
    """What had come into the log by `as_of` is in the answer, and that was `lag_seconds` before it; None where the
    server does not say. `stale_since`: what came since waits at the server."""

    as_of: datetime | None = None
    lag_seconds: float | None = None
    stale_since: datetime | None = None


class Answer(NamedTuple, Generic[T]):
    """`value` is what was asked for, `body` the bytes of it. `changed` is False if the server says that it is still as
    this client was told last."""

    value: T
    body: bytes
    etag: str
    changed: bool
    freshness: Freshness


class Kept:
    """The last answers by question, with their ETags: at most `most`, the one used longest ago goes first."""

    def __init__(self, most: int) -> None:
        self._most, self._held = most, OrderedDict[object, tuple[str, bytes]]()

    def get(self, question: object) -> tuple[str, bytes]:
        """ETag and body; "" if none is kept."""
        if question not in self._held:
            return "", b""
        self._held.move_to_end(question)
        return self._held[question]

    def put(self, question: object, etag: str, body: bytes) -> None:
        self._held[question] = (etag, body)
        self._held.move_to_end(question)
        while len(self._held) > self._most:
            self._held.popitem(last=False)


def decoded(body: bytes, shape: type[T]) -> T:
    """Raises `Unreachable` if it is nothing that the API answers."""
    try:
        return _decoder(shape).decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        why = f"an answer is not as expected ({error})"
        raise Unreachable(f"{why}: mend the address, or take a client as new as the API") from error


def _decoder(shape: type[T]) -> msgspec.json.Decoder[T]:
    """Made by one thread at a time: msgspec ends the process of another one that meets a type while it is learned."""
    with _LEARNING:
        if shape not in _DECODERS:
            _DECODERS[shape] = msgspec.json.Decoder(shape)
        return _DECODERS[shape]


def freshness(reply: httpx.Response) -> Freshness:
    """By the headers."""
    lag, as_of, stale = (reply.headers.get(name) for name in (LAG, AS_OF, STALE))
    return Freshness(_time(as_of), None if lag is None else float(lag), _time(stale))


def _time(told: str | None) -> datetime | None:
    return None if told is None else datetime.fromisoformat(told)
