"""Keeps what a route answers, while it passes it on, where it can be given again."""

from functools import lru_cache

from starlette.types import Message, Scope, Send

from clearance.api.freshness import AS_OF, LAG_SECONDS, STALE, STATE, STREAM_TIME, Read
from clearance.api.header_lines import Headers, Lines, lines
from clearance.api.kept_answers import Answer, Asked, KeptAnswers
from clearance.api.next_check import NEXT_CHECK, Step
from clearance.api.plain_questions import values
from clearance.api.tail import Told

OF_A_BODY = frozenset((b"content-type", b"content-length", b"content-encoding", b"etag", b"link"))
KEPT = OF_A_BODY | {
    b"content-language",
    b"vary",
    b"cache-control",
    b"x-content-type-options",
    b"content-security-policy",
}
TOLD_ANEW = frozenset(
    name.lower().encode()
    for name in (STATE, AS_OF, LAG_SECONDS, STREAM_TIME, STALE, NEXT_CHECK, "RateLimit-Policy", "RateLimit")
)
"""Headers of each answer, also of one that has not changed."""
LARGEST = 256 * 1024
"""Bytes of a body that is kept."""


class Keeping:
    """Sends in place of `send`. The route says what its answer is made of, by `Asked.under_way` or `Asked.lists`."""

    def __init__(self, kept: KeptAnswers, asked: Asked, begun: Told, scope: Scope, send: Send) -> None:
        self._kept, self._asked, self._begun, self._send = kept, asked, begun, send
        self._state = scope.setdefault("state", {})
        self._start: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message if message["status"] in (200, 304) else None
        elif self._start is not None and not message.get("more_body"):
            self._keep(self._start, message.get("body", b""))
        else:
            self._start = None
        await self._send(message)

    def _keep(self, start: Message, body: bytes) -> None:
        read: Read | None = self._state.get("read")
        told = [(name.lower(), value) for name, value in start["headers"] if name.lower() not in TOLD_ANEW]
        if read is None or read.store is not self._begun.store or self._state.get("viewer") != self._asked.viewer:
            return
        if read.speaks_of_parked or len(body) > LARGEST or not KEPT.issuperset(name for name, _ in told):
            return
        if (names := self._names()) is not None:
            answer = self._made(names, told, read.partition)
            self._kept.keep(self._asked, answer, body if start["status"] == 200 else None, self._begun)

    def _names(self) -> tuple[str, ...] | None:
        """What the answer speaks of; None if it is not to be kept."""
        if "step" in self._state:
            return self._state["declaration"], *values(self._asked.address)
        listed: tuple[str, ...] | None = self._state.get("listed")
        return listed

    def _made(self, names: tuple[str, ...], told: list[tuple[bytes, bytes]], partition: int | None) -> Answer:
        step: Step | None = self._state.get("step")
        return Answer(
            number=self._begun.number,
            partition=partition,
            step=step,
            names=names,
            tag=dict(told).get(b"etag", b"").removeprefix(b"W/"),
            headers=_shared(tuple(one for one in told if one[0] not in OF_A_BODY)),
            whole=lines(tuple(one for one in told if one[0] in OF_A_BODY)),
        )


@lru_cache(100)
def _shared(headers: Headers) -> Lines:
    """The same headers, once for all answers that have them."""
    return lines(headers)
