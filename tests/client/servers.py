"""Real servers of the API on ports of their own, which may end and come back, and a line to them that breaks."""

import asyncio
import socket
import threading
from contextlib import suppress

import uvicorn
from fastapi import FastAPI


class LiveServer:
    """An app as `clearance api` serves it. It keeps its port when it is started again."""

    def __init__(self, app: FastAPI) -> None:
        self.port = 0
        self.start(app)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, app: FastAPI) -> None:
        self.app, listening = app, socket.create_server(("127.0.0.1", self.port))
        self.port = listening.getsockname()[1]
        config = uvicorn.Config(app, log_level="critical", lifespan="off", timeout_graceful_shutdown=0)
        self._server = uvicorn.Server(config)

        async def serve() -> None:
            async with app.state.tail.running():
                await self._server.serve([listening])

        self._thread = threading.Thread(target=asyncio.run, args=(serve(),))
        self._thread.start()

    def stop(self) -> None:
        """As a process that is killed: who is under way gets no answer."""
        self._server.should_exit = True
        self._thread.join()


class BreakingLine:
    """To a port: each connection breaks after so many bytes of answers, a few more each time."""

    def __init__(self, port: int, first_bytes: int, more_bytes: int) -> None:
        self._to, self._bytes, self._more = port, first_bytes, more_bytes
        self.broken = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                here, _ = self._listening.accept()
                self._connect(here)

    def _connect(self, here: socket.socket) -> None:
        """One connection at a time: each client asks one question after the other."""
        with here, suppress(OSError), socket.create_connection(("127.0.0.1", self._to)) as there:
            up = threading.Thread(target=_copy, args=(here, there))
            up.start()
            left = self._bytes
            self._bytes += self._more
            while left > 0 and (data := there.recv(min(left, 4096))):
                here.sendall(data)
                left -= len(data)
            self.broken += left <= 0
            with suppress(OSError):
                here.shutdown(socket.SHUT_RDWR)
            up.join()


def _copy(here: socket.socket, there: socket.socket) -> None:
    with suppress(OSError):
        while data := here.recv(4096):
            there.sendall(data)
    with suppress(OSError):
        there.shutdown(socket.SHUT_RDWR)
