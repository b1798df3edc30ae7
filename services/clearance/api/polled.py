"""`GET /v1/declarations/{number}`, asked again and again, at the price of a look: plain ASGI in front of everything.

It answers from what the route has answered before, as long as that holds: the same bytes and headers, the freshness
told anew. The surprise: it knows nothing of declarations. Whatever is not exactly as it was when the route answered,
and any doubt, such as a header of which it does not know that it changes nothing, is left to the route.
"""

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clearance.access.gate import Gate
from clearance.access.verdicts import Key
from clearance.api.admission import route_costs, route_scopes, shown_key, viewer_of
from clearance.api.browsers import Names
from clearance.api.compression import takes_gzip
from clearance.api.etags import held, is_behind
from clearance.api.freshness import AS_OF, LAG_SECONDS, STALE, STATE, STREAM_TIME, FreshnessTold, Read
from clearance.api.kept_answers import Answer, Asked, Headers, KeptAnswers
from clearance.api.lookup import meanings, respelt
from clearance.api.next_check import NEXT_CHECK, Step, next_check
from clearance.api.parameters import BLANKS
from clearance.api.tail import Told
from clearance.api.words import Language, chosen
from clearance.metrics import Board
from clearance.settings.clock import monotonic, utc_now
from clearance.store.viewer import EVERYBODY, Viewer

PATH, TEMPLATE = b"/v1/declarations/", "/v1/declarations/{number}"
SCOPE = route_scopes()["declaration"]
HARMLESS = frozenset(
    b"host accept accept-encoding accept-language authorization if-none-match user-agent connection cookie dnt"
    b" cache-control pragma origin referer sec-fetch-site sec-fetch-mode sec-fetch-dest sec-fetch-user priority"
    b" sec-ch-ua sec-ch-ua-mobile sec-ch-ua-platform upgrade-insecure-requests x-forwarded-for x-forwarded-proto"
    b" x-forwarded-host x-real-ip forwarded via traceparent tracestate x-request-id".split()
)
"""Headers that are looked at here, and those that change no answer to a GET."""
OF_A_BODY = frozenset((b"content-type", b"content-length", b"content-encoding", b"etag"))
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
COST = route_costs().get("declaration", 1)
NEXT_CHECK_HEADER = NEXT_CHECK.lower().encode()
Given = Mapping[bytes, bytes]


class Polled:
    """`app` is all else, and makes what is kept."""

    def __init__(
        self, app: ASGIApp, kept: KeptAnswers, freshness: FreshnessTold, gate: Gate | None, names: Names, board: Board
    ) -> None:
        self.app, self.kept, self.gate, self.board = app, kept, gate, board
        self.freshness = freshness
        self.is_ours = lru_cache(100)(lambda host: names.hold(host.decode("latin-1")))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, moment, given = monotonic(), self.kept.moment(), _given(scope)
        known = self._admitted(given) if moment is not None and given is not None else None
        if moment is None or given is None or known is None:
            return await self.app(scope, receive, send)
        key, viewer = known
        asked = _asked(scope, given, viewer)
        answer = self.kept.find(asked)
        tag = _held(answer, given.get(b"if-none-match")) if answer is not None else None
        fresh = self._told(answer, tag, moment, key) if answer is not None and tag is not None else None
        if answer is None or tag is None or fresh is None:
            return await self.app(scope, receive, Making(self.kept, asked, moment, scope, send))
        status = await _answer(answer, tag, fresh, send)
        if key is not None and self.gate is not None:
            self.gate.note(key, "GET", TEMPLATE, answer.declaration, status)
        self.board.add("clearance_http_requests_total", "GET", TEMPLATE, str(status))
        self.board.observe("clearance_http_request_seconds", TEMPLATE, seconds=monotonic() - began)
        return None

    def _told(self, answer: Answer, tag: bytes, moment: Told, key: Key | None) -> Headers | None:
        """The headers that are told anew; None if the route is to answer, or to refuse."""
        fresh = self.freshness.of(moment, answer.partition)
        if fresh is None or not (tag or answer.body is not None):
            return None
        wait = next_check(*answer.step, self.freshness.stream_time(moment) or utc_now())
        fresh = (*fresh, (NEXT_CHECK_HEADER, b"%d" % wait))
        if key is None or self.gate is None:
            return fresh
        standing = self.gate.spend(key, 0 if tag else COST)
        return None if standing.refused else (*fresh, *_encoded(standing.headers()))

    def _admitted(self, given: Given) -> tuple[Key | None, Viewer] | None:
        """Who asks; None if the route is to refuse it."""
        if not self.is_ours(given.get(b"host", b"")):
            return None
        if self.gate is None:
            return None, EVERYBODY
        shown = shown_key(given.get(b"authorization", b"").decode("latin-1"))
        key = self.gate.known(shown, SCOPE) if shown else None
        return None if key is None else (key, viewer_of(self.gate, key))


def _given(scope: Scope) -> Given | None:
    """The headers of a plain question about one declaration; None for any other request."""
    if scope["type"] != "http" or scope["method"] != "GET" or scope["query_string"]:
        return None
    path = scope.get("raw_path") or b""
    if not path.startswith(PATH) or b"/" in path[len(PATH) :]:
        return None
    given = dict(scope["headers"])
    return given if len(given) == len(scope["headers"]) and HARMLESS.issuperset(given) else None


def _asked(scope: Scope, given: Given, viewer: Viewer) -> Asked:
    language, zipped = _language(given.get(b"accept-language", b"")), _zipped(given.get(b"accept-encoding", b""))
    return Asked(scope["raw_path"][len(PATH) :], viewer, language, zipped)


@lru_cache(1000)
def _language(accept_language: bytes) -> Language:
    return chosen(accept_language.decode("latin-1"))


@lru_cache(1000)
def _zipped(accept_encoding: bytes) -> bool:
    return takes_gzip(accept_encoding.decode("latin-1"))


def _held(answer: Answer, if_none_match: bytes | None) -> bytes | None:
    """The tag as the client holds it, b"" if it does not, None if it holds a later one."""
    if if_none_match is None or if_none_match == answer.tag:
        return if_none_match or b""
    named, tag = [if_none_match.decode("latin-1")], answer.tag.decode()
    known = held(named, tag).encode("latin-1")
    return None if not known and is_behind(named, tag) else known


async def _answer(answer: Answer, tag: bytes, fresh: Headers, send: Send) -> int:
    """Send it; the status."""
    headers = [*answer.headers, (b"etag", tag), *fresh] if tag else [*answer.headers, *answer.whole, *fresh]
    status = 304 if tag else 200
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if tag else answer.body})
    return status


def _encoded(headers: Mapping[str, str]) -> Headers:
    return tuple((name.lower().encode(), value.encode()) for name, value in headers.items())


class Making:
    """Passes on what the route answers, and keeps it where it can be given again."""

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
        if read is None or read.partition is None or read.partition in read.parked or len(body) > LARGEST:
            return
        if read.store is not self._begun.store or not KEPT.issuperset(name for name, _ in told):
            return
        step: Step | None = self._state.get("step")
        if step is not None and self._state.get("viewer") == self._asked.viewer:
            self._kept.keep(self._asked, self._made(start["status"], told, body, read.partition, step), self._begun)

    def _made(self, status: int, told: list[tuple[bytes, bytes]], body: bytes, partition: int, step: Step) -> Answer:
        tag = dict(told).get(b"etag", b"")
        return Answer(
            number=self._begun.number,
            partition=partition,
            step=step,
            names=(self._state["declaration"], *_values(self._asked.number)),
            tag=tag.removeprefix(b"W/"),
            headers=_shared(tuple(one for one in told if one[0] not in OF_A_BODY)),
            whole=tuple(one for one in told if one[0] in OF_A_BODY),
            body=body if status == 200 else None,
        )


def _values(number: bytes) -> tuple[str, ...]:
    """The numbers as the store holds them that this one may mean."""
    text = unquote_to_bytes(number).decode().strip(BLANKS)
    return tuple(dict.fromkeys(one.value for one in (*meanings(text), *respelt(text))))


@lru_cache(100)
def _shared(headers: Headers) -> Headers:
    """The same headers, once for all answers that have them."""
    return headers
