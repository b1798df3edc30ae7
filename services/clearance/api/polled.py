"""What is asked again and again, at the price of a look: plain ASGI in front of everything.

It answers from what the route has answered before, as long as that holds: the same bytes and headers, the freshness
told anew. The surprise: it knows nothing of declarations. Whatever is not exactly as it was when the route answered,
and any doubt, such as a header of which it does not know that it changes nothing, is left to the route.
"""

from functools import lru_cache
from typing import NamedTuple

from starlette.types import ASGIApp, Receive, Scope, Send

from clearance.access.gate import Gate
from clearance.access.verdicts import Key
from clearance.api.admission import shown_key, viewer_of
from clearance.api.browsers import Names
from clearance.api.etags import held, is_behind
from clearance.api.freshness import FreshnessTold
from clearance.api.keeping import Keeping
from clearance.api.kept_answers import Answer, Asked, Headers, KeptAnswers
from clearance.api.next_check import NEXT_CHECK, next_check
from clearance.api.plain_questions import Question, asked, question
from clearance.api.tail import Told
from clearance.metrics import Board
from clearance.settings.clock import monotonic, utc_now
from clearance.store.viewer import EVERYBODY, Viewer

NEXT_CHECK_HEADER = NEXT_CHECK.lower().encode()


class Found(NamedTuple):
    """What is to be sent: a 304 with the tag as the client holds it, or without one a 200."""

    answer: Answer
    tag: bytes
    body: bytes
    fresh: Headers


class Polled:
    """`app` is all else, and makes what is kept."""

    def __init__(
        self, app: ASGIApp, kept: KeptAnswers, freshness: FreshnessTold, gate: Gate | None, names: Names, board: Board
    ) -> None:
        self.app, self.kept, self.gate, self.board = app, kept, gate, board
        self.freshness = freshness
        self.is_ours = lru_cache(100)(lambda host: names.hold(host.decode("latin-1")))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, of, moment = monotonic(), question(scope), self.kept.moment()
        known = self._admitted(of) if of is not None and moment is not None else None
        if of is None or moment is None or known is None:
            return await self.app(scope, receive, send)
        key, wanted = known[0], asked(of, known[1])
        found = self._found(of, wanted, moment, key)
        if found is None:
            return await self.app(scope, receive, Keeping(self.kept, wanted, moment, scope, send))
        await _send(found, send)
        return self._note(of, found, key, monotonic() - began)

    def _admitted(self, of: Question) -> tuple[Key | None, Viewer] | None:
        """Who asks; None if the route is to refuse it."""
        if not self.is_ours(of.given.get(b"host", b"")):
            return None
        if self.gate is None:
            return None, EVERYBODY
        shown = shown_key(of.given.get(b"authorization", b"").decode("latin-1"))
        key = self.gate.known(shown, of.route.scope) if shown else None
        return None if key is None else (key, viewer_of(self.gate, key))

    def _found(self, of: Question, wanted: Asked, moment: Told, key: Key | None) -> Found | None:
        """What is to be sent; None if the route is to answer, or to refuse."""
        answer = self.kept.find(wanted)
        tag = _held(answer, of.given.get(b"if-none-match")) if answer is not None else None
        body = None if tag is None else b"" if tag else self.kept.body(wanted)
        if answer is None or tag is None or body is None:
            return None
        fresh = self.freshness.of(moment, answer.partition)
        charged = self._charged(key, 0 if tag else of.route.cost) if fresh is not None else None
        if fresh is None or charged is None:
            return None
        return Found(answer, tag, body, (*fresh, *self._next_check(answer, moment), *charged))

    def _next_check(self, answer: Answer, moment: Told) -> Headers:
        if answer.step is None:
            return ()
        wait = next_check(*answer.step, self.freshness.stream_time(moment) or utc_now())
        return ((NEXT_CHECK_HEADER, b"%d" % wait),)

    def _charged(self, key: Key | None, cost: int) -> Headers | None:
        """What is said of the quota; None if it is used up."""
        if key is None or self.gate is None:
            return ()
        standing = self.gate.spend(key, cost)
        return None if standing.refused else standing.raw_headers()

    def _note(self, of: Question, found: Found, key: Key | None, seconds: float) -> None:
        template, status = of.route.template, 304 if found.tag else 200
        if key is not None and self.gate is not None:
            self.gate.note(key, "GET", template, found.answer.declaration, status)
        self.board.add("clearance_http_requests_total", "GET", template, str(status))
        self.board.observe("clearance_http_request_seconds", template, seconds=seconds)


def _held(answer: Answer, if_none_match: bytes | None) -> bytes | None:
    """The tag as the client holds it, b"" if it does not, None if it holds a later one."""
    if if_none_match is None or if_none_match == answer.tag or not answer.tag:
        return answer.tag and (if_none_match or b"")
    named, tag = [if_none_match.decode("latin-1")], answer.tag.decode()
    known = held(named, tag).encode("latin-1")
    return None if not known and is_behind(named, tag) else known


async def _send(found: Found, send: Send) -> None:
    answer, tag, body, fresh = found
    headers = [*answer.headers, (b"etag", tag), *fresh] if tag else [*answer.headers, *answer.whole, *fresh]
    await send({"type": "http.response.start", "status": 304 if tag else 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
