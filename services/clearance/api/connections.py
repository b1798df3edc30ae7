"""Connections within bounds: what a client sends slowly, does not end or does not read costs others nothing.

The surprise: who comes while there is no room is not refused as long as another connection has nothing under way. The
one that has waited longest so is closed, so that nobody keeps others out by holding connections open.
"""

import asyncio
import json
import resource
from typing import Any, Literal

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from clearance.api.header_lines import Repeated
from clearance.api.known_heads import KnownHeads
from clearance.api.polled import Polled
from clearance.api.problems import PROBLEM_JSON, RETRY_SECONDS, body, problem_rows
from clearance.api.raw_answers import answer_to, raw_answer
from clearance.settings import Settings

LARGEST_HEADERS = 64 * 1024
"""Bytes of a request line and its headers that come in several pieces; one piece is a read of at most 256 KiB."""
SPARE_FILES = 128
"""Open files that are no connections of clients: the store, the broker, threads."""
REASONS = {408: "Request Timeout", 431: "Request Header Fields Too Large", 503: "Service Unavailable"}
Phase = Literal["", "headers", "body"]


class Config(uvicorn.Config):
    """That of uvicorn, with our bounds; `idle` are the connections that have nothing under way, the oldest first."""

    def __init__(self, app: Any, settings: Settings) -> None:
        super().__init__(
            app,
            http=Bounded,
            access_log=False,
            log_config=None,
            lifespan="off",
            server_header=False,
            timeout_keep_alive=settings.api_keep_alive_seconds,
        )
        self.seconds, self.most = settings.api_receive_seconds, room(settings)
        self.polled: Polled | None = getattr(app, "polled", None)
        self.known_heads, self.default_lines = KnownHeads(), Repeated()
        self.idle: dict[Bounded, None] = {}


def room(settings: Settings) -> int:
    """How many connections there may be: as set, and no more than this process may open files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    files = settings.api_connections if hard == resource.RLIM_INFINITY else hard - SPARE_FILES
    return max(1, min(settings.api_connections, files))


class Bounded(HttpToolsProtocol):
    """One connection. Headers, then a body, have `seconds` to come; what is sent has them for each bit of progress."""

    config: Config
    _phase: Phase = "headers"
    _timed: Phase = ""
    _header_bytes = 0
    _begun = 0
    _fed = b""
    _is_answered = False
    _receiving: asyncio.TimerHandle | None = None
    _sending: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
        super().connection_made(transport)
        self.config.idle[self] = None
        self._time()
        if len(self.connections) > self.config.most:
            oldest = next(iter(self.config.idle))
            if oldest is self:
                self.refuse("no-room")
            else:
                oldest.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self.config.idle.pop(self, None)
        for timer in (self._receiving, self._sending):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self._phase and self._is_answered_unparsed(data):
            return
        self._begun, self._fed = 0, b"" if self._phase else data
        super().data_received(data)
        if self._phase != "headers":
            self._header_bytes = 0
        elif (taken := self._header_bytes + len(data)) > LARGEST_HEADERS:
            self.refuse("headers-too-large", limit=LARGEST_HEADERS)
        else:
            self._header_bytes = taken
        if self._phase != self._timed:
            self._time()

    def on_message_begin(self) -> None:
        self._phase = "headers"
        self._begun += 1
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._phase = "body"
        self.config.idle.pop(self, None)
        answer = self._kept_answer()
        if answer is None:
            super().on_headers_complete()
        else:
            self._is_answered = True
            self.transport.write(answer)

    def on_message_complete(self) -> None:
        self._phase = ""
        if self._is_answered:
            self._is_answered = False
            if self._begun == 1:
                self.config.known_heads.learn(self._fed, self.url, self.headers)
            self.on_response_complete()
        else:
            super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self.transport.is_closing():
            self.config.idle[self] = None

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self.loop.call_later(self.config.seconds, self.transport.abort)  # whoever reads nothing is not waited for

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_sending(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
        super().resume_writing()

    def refuse(self, slug: str, **members: Any) -> None:
        """Answer with a problem, unless an answer has begun, and close."""
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(_written(slug, **members))
        self.transport.close()
        self.loop.call_later(self.config.seconds, self.transport.abort)

    def _kept_answer(self) -> bytes | None:
        """What can be written at once, for a plain GET that is next on a connection that stays open."""
        if self.config.polled is None or not self.parser.should_keep_alive() or self._is_busy():
            return None
        if self.parser.get_method() != b"GET" or self.parser.get_http_version() != "1.1":
            return None
        return raw_answer(self.config.polled, self.url, self.headers, self._default_lines())

    def _is_answered_unparsed(self, data: bytes) -> bool:
        """Whether it was one whole request like one before, and what is kept has been written."""
        asked = self.config.known_heads.question(data)
        if asked is None or self.config.polled is None or self._is_busy():
            return False
        answer = answer_to(self.config.polled, asked, self._default_lines())
        if answer is None:
            return False
        self.config.idle.pop(self, None)
        self._unset_keepalive_if_required()
        self.transport.write(answer)
        self.on_response_complete()
        return True

    def _default_lines(self) -> bytes:
        """What each answer bears: the server makes a new list of it every second."""
        return self.config.default_lines.written(self.server_state.default_headers)

    def _is_busy(self) -> bool:
        """Whether an answer is under way, or not read."""
        return self.flow.write_paused or (self.cycle is not None and not self.cycle.response_complete)

    def _time(self) -> None:
        if self._receiving is not None:
            self._receiving.cancel()
        self._timed = self._phase
        self._receiving = self.loop.call_later(self.config.seconds, self._too_slow) if self._phase else None

    def _too_slow(self) -> None:
        if self.flow.read_paused:  # it is we who do not read: answers before it are under way
            self._time()
        elif self._header_bytes or self._phase == "body":
            self.refuse("request-too-slow", seconds=self.config.seconds)
        else:
            self.transport.close()

    def _watch_sending(self, before: int) -> None:
        def look() -> None:
            left = self.transport.get_write_buffer_size()
            if left >= before:
                self.transport.abort()
            else:
                self._watch_sending(left)

        self._sending = self.loop.call_later(self.config.seconds, look)


def _written(slug: str, **members: Any) -> bytes:
    """The problem as a whole answer, in English: nothing is known of whoever asks."""
    status = problem_rows()[slug].status
    content = json.dumps(body(slug, "en", **members)).encode()
    head = [
        f"HTTP/1.1 {status} {REASONS[status]}",
        f"Content-Type: {PROBLEM_JSON}",
        f"Content-Length: {len(content)}",
        "Content-Language: en",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
        *([f"Retry-After: {RETRY_SECONDS}"] if status == 503 else []),
    ]
    return "\r\n".join([*head, "", ""]).encode() + content
