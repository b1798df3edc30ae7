"""What is asked again and again, at the price of a look: plain ASGI in front of everything.

It answers from what the route has answered before, as long as that holds: the same bytes and headers, the freshness
told anew. The surprise: it knows nothing of declarations. Whatever is not exactly as it was when the route answered,
and any doubt, such as a header of which it does not know that it changes nothing, is left to the route.
"""

from typing import NamedTuple

from starlette.types import ASGIApp, Receive, Scope, Send

from clearance.access.gate import Gate
from clearance.access.verdicts import Key
from clearance.api.browsers import Names
from clearance.api.callers import Callers
from clearance.api.etags import held, is_behind
from clearance.api.freshness import FreshnessTold
from clearance.api.header_lines import Headers, Lines
from clearance.api.keeping import Keeping
from clearance.api.kept_answers import Answer, Asked, KeptAnswers
from clearance.api.next_check import NEXT_CHECK, next_check
from clearance.api.plain_questions import Question, question
from clearance.api.tail import Told
from clearance.metrics import Board
from clearance.settings.clock import monotonic, utc_now

NEXT_CHECK_HEADER = NEXT_CHECK.lower().encode()


class Found(NamedTuple):
    """What is to be sent: a 304 with the tag as the client holds it, or without one a 200. `fresh` are the headers that
    are the same for many answers of a moment, `own` those of this one."""

    answer: Answer
    tag: bytes
    body: bytes
    fresh: Lines
    own: Headers

    @property
    def status(self) -> int:
        return 304 if self.tag else 200


class Asking(NamedTuple):
    """Who asks for what, and what is known of the store."""

    key: Key | None
    wanted: Asked
    moment: Told


class Polled:
    """`app` is all else, and makes what is kept."""

    def __init__(
        self, app: ASGIApp, kept: KeptAnswers, freshness: FreshnessTold, gate: Gate | None, names: Names, board: Board
    ) -> None:
        self.app, self.kept, self.gate, self.board = app, kept, gate, board
        self.freshness, self.callers = freshness, Callers(gate, names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        of = question(scope)
        asking = self._asking(of) if of is not None else None
        if of is None or asking is None:
            await self.app(scope, receive, send)
        elif found := self._found(of, asking):
            await _send(found, send)
        else:
            await self.app(scope, receive, Keeping(self.kept, asking.wanted, asking.moment, scope, send))

    def found(self, of: Question) -> Found | None:
        """What is to be sent at once; None if the application is to be asked."""
        asking = self._asking(of)
        return self._found(of, asking) if asking is not None else None

    def _asking(self, of: Question) -> Asking | None:
        """None if the route is to refuse it, or nothing kept may be current."""
        moment, caller = self.kept.moment(), self.callers.of(of.route, of.headers)
        if moment is None or caller is None:
            return None
        key, viewer, language, zipped = caller
        return Asking(key, Asked(of.address, viewer, language, zipped), moment)

    def _found(self, of: Question, asking: Asking) -> Found | None:
        """What is to be sent, counted and charged as such; None if the route is to answer, or to refuse."""
        began, answer = monotonic(), self.kept.find(asking.wanted)
        tag = _held(answer, of.if_none_match) if answer is not None else None
        body = None if tag is None else b"" if tag else self.kept.body(asking.wanted)
        if answer is None or tag is None or body is None:
            return None
        fresh = self.freshness.of(asking.moment, answer.partition)
        charged = self._charged(asking.key, 0 if tag else of.route.cost) if fresh is not None else None
        if fresh is None or charged is None:
            return None
        tagged = ((b"etag", tag),) if tag else ()
        found = Found(answer, tag, body, fresh, (*tagged, *self._next_check(answer, asking.moment), *charged))
        self._note(of, found, asking.key, began)
        return found

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

    def _note(self, of: Question, found: Found, key: Key | None, began: float) -> None:
        template, status = of.route.template, found.status
        if key is not None and self.gate is not None:
            self.gate.note(key, "GET", template, found.answer.declaration, status)
        self.board.add("clearance_http_requests_total", "GET", template, str(status))
        self.board.observe("clearance_http_request_seconds", template, seconds=monotonic() - began)


def _held(answer: Answer, if_none_match: bytes | None) -> bytes | None:
    """The tag as the client holds it, b"" if it does not, None if it holds a later one."""
    if if_none_match is None or if_none_match == answer.tag or not answer.tag:
        return answer.tag and (if_none_match or b"")
    named, tag = [if_none_match.decode("latin-1")], answer.tag.decode()
    known = held(named, tag).encode("latin-1")
    return None if not known and is_behind(named, tag) else known


async def _send(found: Found, send: Send) -> None:
    whole = () if found.tag else found.answer.whole.pairs
    headers = [*found.answer.headers.pairs, *whole, *found.own, *found.fresh.pairs]
    await send({"type": "http.response.start", "status": found.status, "headers": headers})
    await send({"type": "http.response.body", "body": found.body})
