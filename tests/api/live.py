"""The API on a real server, whose waiting clients are woken: as the process serves it, in a thread."""

import asyncio
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import uvicorn
from fastapi import FastAPI

from clearance.access.gate import Gate
from clearance.api.connections import Config
from clearance.settings import load
from clearance.settings.clock import monotonic

PATIENCE = 30.0
SMALL = 4096
"""Bytes that the system holds back for a connection: who does not read is soon noticed."""


class Server(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listens.set()


@contextmanager
def served(app: FastAPI, gate: Gate | None = None, **given: Any) -> Iterator[int]:
    """Its port, with these settings."""
    server = uvicorn.Server(Config(app, load(**given)))
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL)

        async def serve() -> None:
            async with app.state.tail.running(), app.state.waiters.looking_after(gate):
                await server.serve([listening])

        thread = Thread(target=asyncio.run, args=(serve(),))
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(PATIENCE)


class Asked:
    """One request on a connection of its own; into a `small` one little fits that is not read."""

    def __init__(self, port: int, path: str, headers: Mapping[str, str], small: bool = False) -> None:
        self.connection = socket.socket()
        if small:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
        self.connection.settimeout(PATIENCE)
        self.connection.connect(("127.0.0.1", port))
        lines = [f"GET {path} HTTP/1.1", "Host: localhost", *(f"{name}: {value}" for name, value in headers.items())]
        self.connection.sendall("\r\n".join([*lines, "", ""]).encode())
        self.held = b""

    def until(self, text: str) -> str:
        """All that has come when this has. Fails if it does not come."""
        end = monotonic() + PATIENCE
        while text.encode() not in self.held:
            assert monotonic() < end, self.held[-1000:]
            data = self.connection.recv(65536)
            assert data, self.held[-1000:]
            self.held += data
        return self.held.decode()

    def rest(self) -> bytes:
        """What comes until the other side closes."""
        try:
            while data := self.connection.recv(65536):
                self.held += data
        except ConnectionResetError:
            pass
        return self.held

    def __enter__(self) -> "Asked":
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()


def until(holds: Any) -> None:
    """Wait until this is so. Fails if it never is."""
    end = monotonic() + PATIENCE
    while not holds():
        assert monotonic() < end
        Event().wait(0.02)
