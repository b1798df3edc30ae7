"""Clients that send slowly, never end or never read cost others nothing."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Event, Thread
from typing import Any

import httpx
import pytest
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send
from tests.api.live import Server
from tests.helpers.loopback import get

from clearance.api.connections import LARGEST_HEADERS, Config
from clearance.settings import load

SECONDS = 0.7
NEVER = Event()
"""To wait a little by."""
PATIENCE = 30.0
AT_WORK = Event()
"""A request to `/held` has been taken up."""
BEGUN = "POST / HTTP/1.1\r\nHost: x\r\n"
LARGE = 8 * 1024 * 1024


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    """Reads the body and answers, with much if it is asked for `/large`."""
    more = scope["path"] != "/unread"
    if scope["path"] == "/held":
        AT_WORK.set()
    while more:
        message = await receive()
        more = message.get("more_body", False)
    said = Response(b"x" * LARGE) if scope["path"] == "/large" else JSONResponse({"path": scope["path"]})
    await said(scope, receive, send)


@contextmanager
def served(seconds: float = SECONDS, **given: Any) -> Iterator[int]:
    """The port of a server with these settings, where what is sent has `seconds` to come."""
    server = Server(Config(answer, load(api_receive_seconds=seconds, **given)))
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
        thread = Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            assert server.listens.wait(PATIENCE)
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(PATIENCE)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with served() as number:
        yield number


def connected(port: int, begun: bytes = b"") -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    made.sendall(begun)
    return made


def all_of(connection: socket.socket) -> bytes:
    """What comes until the other side closes."""
    found = b""
    while data := connection.recv(65536):
        found += data
    return found


def problem(connection: socket.socket) -> dict[str, Any]:
    """The problem that is answered before the connection is closed."""
    head, _, content = all_of(connection).partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    assert b"Connection: close" in head
    told: dict[str, Any] = json.loads(content)
    assert head.startswith(f"HTTP/1.1 {told['status']} ".encode())
    return told


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        NEVER.wait(0.05)


def test_a_request_in_pieces_is_answered(port: int) -> None:
    with connected(port, b"POST /a HTTP/1.1\r\nHost: x\r\n") as one:
        one.sendall(b"Content-Length: 4\r\nConnection: close\r\n\r\nab")
        one.sendall(b"cd")
        assert all_of(one).startswith(b"HTTP/1.1 200 ")


def test_a_connection_serves_several_requests(port: int) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        for number in range(3):
            assert client.post(f"/{number}", content=b"x" * 100_000).json() == {"path": f"/{number}"}


@pytest.mark.parametrize(
    "begun", [b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\n", f"{BEGUN}Content-Length: 9\r\n\r\nab".encode()]
)
def test_what_is_never_whole_is_told_and_closed(port: int, begun: bytes) -> None:
    with connected(port, begun) as one:
        assert problem(one)["type"].endswith("/request-too-slow")


def test_headers_that_come_a_bit_at_a_time_are_no_excuse(port: int) -> None:
    with connected(port, b"GET / HTTP/1.1\r\n") as one:
        until(lambda: _gone(one, b"X: y\r\n"))


def test_who_sends_nothing_is_let_go(port: int) -> None:
    with connected(port) as one:
        assert all_of(one) == b""


def test_headers_without_end_are_refused(port: int) -> None:
    line = b"X: " + b"y" * 5000 + b"\r\n"
    with connected(port, b"GET / HTTP/1.1\r\nHost: x\r\n") as one:
        assert any(NEVER.wait(0.001) or _gone(one, line) for _ in range(1000))


def test_headers_that_are_too_large_are_told_so(port: int) -> None:
    with connected(port, b"GET / HTTP/1.1\r\nHost: x\r\nX: ") as one:
        NEVER.wait(0.05)
        one.sendall(b"y" * LARGEST_HEADERS)
        body = problem(one)
        assert (body["status"], body["limit"]) == (431, LARGEST_HEADERS)


def test_many_that_hold_connections_open_keep_nobody_out(port: int) -> None:
    with ExitStack() as held:
        for _ in range(200):
            begun = b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: " + b"y" * 5000 + b"\r\n"
            held.enter_context(connected(port, begun))
        began = time.monotonic()
        for _ in range(5):
            assert get(f"http://127.0.0.1:{port}/other").status_code == 200
        assert time.monotonic() - began < 5


def test_who_reads_nothing_is_cut_off(port: int) -> None:
    with connected(port, b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n") as one:
        NEVER.wait(3 * SECONDS)
        assert len(all_of(one)) < LARGE


def test_the_one_that_has_been_idle_longest_makes_room() -> None:
    with served(PATIENCE, api_connections=3) as port, ExitStack() as stack:
        held = [stack.enter_context(connected(port)) for _ in range(4)]
        until(lambda: _ended(held[0]))
        assert not any(map(_ended, held[1:]))
        assert get(f"http://127.0.0.1:{port}/new").status_code == 200


def test_who_comes_while_all_are_at_work_is_refused() -> None:
    with served(PATIENCE, api_connections=1) as port:
        with connected(port, b"POST /held HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"):
            assert AT_WORK.wait(PATIENCE)
            refused = get(f"http://127.0.0.1:{port}/new")
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
        assert refused.json()["type"].endswith("/no-room")


def _gone(connection: socket.socket, more: bytes) -> bool:
    """Whether nobody takes more of it."""
    try:
        connection.sendall(more)
    except OSError:
        return True
    return False


def _ended(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True
