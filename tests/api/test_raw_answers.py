"""Answers that the server writes itself: the same as the application gives, in turn, on connections that stay open."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import httpx
import pytest
from tests.api.live import PATIENCE, served, until
from tests.api.system import System
from tests.api.test_polled import ADDRESS, FORMS, HELD, LIST, same
from tests.helpers.loopback import get

from clearance.api.app import App
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
