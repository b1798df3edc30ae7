"""Answers that the server writes itself: the same as the application gives, in turn, on connections that stay open."""

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import patch

import httpx
import pytest
from tests.api.live import PATIENCE, served, until
from tests.api.system import System
from tests.api.test_polled import ADDRESS, FORMS, HELD, LIST, same
from tests.helpers.loopback import get
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from clearance.api.app import App
from clearance.api.known_heads import KnownHeads
from clearance.api.tail import Tail

UNKNOWN = "/v1/declarations/29012026E999999999"


@pytest.fixture
def port(app: App, system: System) -> Iterator[int]:
    """Of a server that has looked at the store, and looks at it as often as any other."""
    system.play("held-then-released")
    with served(app, api_keep_alive_seconds=1) as number, patch.object(Tail, "age", return_value=0.0):
        until(lambda: app.state.tail.last is not None)
        yield number


@contextmanager
def application_asked() -> Iterator[list[str]]:
    """The paths that reach the application meanwhile."""
    asked: list[str] = []
    through = App.__call__

    async def noted(self: App, scope: dict[str, object], *others: object) -> None:
        asked.append(str(scope.get("path")))
        await through(self, scope, *others)  # type: ignore[arg-type]

    with patch.object(App, "__call__", noted):
        yield asked


def written(path: str, *headers: str, version: str = "1.1") -> bytes:
    return "\r\n".join([f"GET {path} HTTP/{version}", "Host: localhost", *headers, "", ""]).encode()


def answers(port: int, *requests: bytes) -> list[bytes]:
    """All that comes on one connection, a status line and what follows each, until the other side closes."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as one:
        one.sendall(b"".join(requests))
        found = b""
        while data := one.recv(65536):
            found += data
    return re.split(rb"(?=HTTP/1\.1 )", found)[1:]


@pytest.mark.parametrize("path", [ADDRESS, LIST])
def test_they_are_what_the_application_gives(port: int, path: str) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client, application_asked() as asked:
        tag = client.get(ADDRESS).headers["ETag"]
        for form in FORMS:
            headers = {name: value.replace("TAG", tag) for name, value in form.items()}
            by_route = client.get(path, headers={**headers, "X-Unknown": "1"})
            client.get(path, headers={**headers, "If-None-Match": '"none"'})
            asked.clear()
            raw = client.get(path, headers=headers)
            assert asked == []
            assert same(raw) == same(by_route)
            assert {*raw.headers} == {*by_route.headers}


def test_none_overtakes_the_answer_before_it(port: int) -> None:
    requests = [written(UNKNOWN), written(ADDRESS), written(ADDRESS), written(UNKNOWN), written(ADDRESS)]
    get(f"http://127.0.0.1:{port}{ADDRESS}", headers={"Accept-Encoding": "identity"})
    told = answers(port, *requests)
    assert [one[9:12] for one in told] == [b"404", b"200", b"200", b"404", b"200"]
    assert all((HELD.encode() in one) == (one[9:12] == b"200") for one in told)


def test_a_connection_is_closed_when_it_is_said_or_has_been_idle(port: int) -> None:
    get(f"http://127.0.0.1:{port}{ADDRESS}", headers={"Accept-Encoding": "identity"})
    for request in (written(ADDRESS, "Connection: close"), written(ADDRESS, version="1.0"), written(ADDRESS)):
        [told] = answers(port, request)
        assert told.startswith(b"HTTP/1.1 200 OK\r\n")
        assert told.endswith(b"}")


def test_it_is_written_at_once_when_the_request_has_come_in_pieces(port: int) -> None:
    get(f"http://127.0.0.1:{port}{ADDRESS}", headers={"Accept-Encoding": "identity"})
    request = written(ADDRESS)
    with application_asked() as asked, socket.create_connection(("127.0.0.1", port), PATIENCE) as one:
        for piece in (request[:10], request[10:40], request[40:]):
            one.sendall(piece)
        assert one.recv(16).startswith(b"HTTP/1.1 200")
    assert asked == []


@contextmanager
def one_after_the_other(port: int) -> Iterator[Callable[[bytes], bytes]]:
    """Asks on one connection, and waits for each answer."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as one:

        def ask(request: bytes) -> bytes:
            one.sendall(request)
            found = one.recv(65536)
            while b"\r\n\r\n" not in found:
                found += one.recv(65536)
            head, _, body = found.partition(b"\r\n\r\n")
            length = re.search(rb"\r\ncontent-length: (\d+)", head.lower())
            while length is not None and head[9:12] != b"304" and len(body) < int(length[1]):
                body += one.recv(65536)
            return head + b"\r\n\r\n" + body

        yield ask


@contextmanager
def parsed() -> Iterator[list[bytes]]:
    """What reaches the parser meanwhile."""
    seen: list[bytes] = []
    feed = HttpToolsProtocol.data_received

    def noted(self: HttpToolsProtocol, data: bytes) -> None:
        seen.append(data)
        feed(self, data)

    with patch.object(HttpToolsProtocol, "data_received", noted):
        yield seen


AGES = re.compile(rb"\r\n(?:clearance-as-of|clearance-lag-seconds|date): [^\r]*")


def test_a_head_like_one_before_is_not_parsed_and_answered_alike(port: int) -> None:
    with one_after_the_other(port) as ask, parsed() as seen:
        ask(written(ADDRESS, "Accept-Encoding: identity"))
        plain = [ask(written(ADDRESS, "Accept-Encoding: identity")) for _ in range(2)]
        assert len(seen) == 2  # the first of a connection may be answered before anything is learnt
        tag = re.search(rb'\r\netag: ("[^"]+")', plain[0])
        assert tag is not None
        held = written(ADDRESS, "If-None-Match: " + tag[1].decode(), "Accept-Encoding: identity")
        unchanged = [ask(held) for _ in range(3)]
        other = ask(held.replace(tag[1], b'"0.0-none"'))
        assert len(seen) == 3
    assert len({AGES.sub(b"", one) for one in plain}) == len({AGES.sub(b"", one) for one in unchanged}) == 1
    assert unchanged[0].startswith(b"HTTP/1.1 304")
    assert other.partition(b"\r\n\r\n")[2] == plain[0].partition(b"\r\n\r\n")[2]


LEARNT = written(ADDRESS, 'If-None-Match: "a.b"', "User-Agent: poller", "Accept: */*")
ODD = {
    "another address": LEARNT.replace(HELD.encode(), b"29012026E999999999"),
    "an address of something else": LEARNT.replace(b" HTTP", b"/timeline HTTP"),
    "a query": LEARNT.replace(b" HTTP", b"?as_of=2026-03-02T01:00:00Z HTTP"),
    "an address in the header": LEARNT.replace(b"poller", b"GET /v1/declarations/x HTTP/1.1"),
    "another method": LEARNT.replace(b"GET", b"PUT", 1),
    "HEAD": LEARNT.replace(b"GET", b"HEAD", 1),
    "another version": LEARNT.replace(b"HTTP/1.1", b"HTTP/1.0"),
    "no blank": LEARNT.replace(b": poller", b":poller"),
    "a tag twice": LEARNT.replace(b"User-Agent: poller", b'If-None-Match: "c"'),
    "tags in a list": LEARNT.replace(b'"a.b"', b'"a.b", "c"'),
    "any tag": LEARNT.replace(b'"a.b"', b"*"),
    "another host": LEARNT.replace(b"Host: localhost", b"Host: elsewhere"),
    "no host": LEARNT.replace(b"Host: localhost\r\n", b""),
    "a body": LEARNT.replace(b"User-Agent: poller", b"Content-Length: 3") + b"abc",
    "chunks": LEARNT.replace(b"User-Agent: poller", b"Transfer-Encoding: chunked") + b"0\r\n\r\n",
    "the end said": LEARNT.replace(b"User-Agent: poller", b"Connection: close"),
    "a line that is folded": LEARNT.replace(b"poller", b"po\r\n ller"),
    "a bare line feed": LEARNT.replace(b"poller\r\n", b"poller\n"),
    "an early end": LEARNT.replace(b"User-Agent", b"\r\nUser-Agent"),
    "no HTTP": b"\x00" + LEARNT,
    "a key": LEARNT.replace(b"User-Agent: poller", b"Authorization: Bearer clr_x"),
    "another language": LEARNT.replace(b"User-Agent: poller", b"Accept-Language: zh"),
}


@pytest.mark.parametrize("odd", ODD.values(), ids=[*ODD])
def test_what_is_not_like_it_is_answered_as_if_nothing_had_been_learnt(port: int, odd: bytes) -> None:
    """Alone, and between two that are like it, in one piece. The last one ends the connection."""
    last = written(ADDRESS, "Connection: close")
    with one_after_the_other(port) as ask:
        for _ in range(3):
            ask(LEARNT)
    for requests in ([odd], [LEARNT, odd, LEARNT]):
        with patch.object(KnownHeads, "question", return_value=None):
            expected = answers(port, LEARNT, *requests, last)
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as one:
            one.sendall(LEARNT)
            found = one.recv(65536)
            one.sendall(b"".join((*requests, last)))
            while data := one.recv(65536):
                found += data
        told = re.split(rb"(?=HTTP/1\.1 )", found)[1:]
        assert [*map(content, told)] == [*map(content, expected)]


def content(answer: bytes) -> tuple[list[bytes], bytes]:
    """Without what its age tells; headers in any order."""
    head, _, body = AGES.sub(b"", answer).partition(b"\r\n\r\n")
    return sorted(head.split(b"\r\n")), body
