"""What one organisation does to the API, another one does not notice: it is answered, and soon."""

import resource
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import httpx
import pytest
from tests.api.live import Server
from tests.api.system import System
from tests.api.test_connections import PATIENCE, connected
from tests.helpers.extent import some_or_all
from tests.helpers.stores import made_store

from clearance.access import gate as gate_module
from clearance.access.gate import Gate
from clearance.access.key_form import hash_of, new_key
from clearance.access.keys import Snapshot
from clearance.access.verdicts import Key
from clearance.api.app import create_app
from clearance.api.connections import Config
from clearance.api.stores import Store, Stores
from clearance.settings import load
from clearance.settings.clock import utc_now

SECRET, QUOTA = b"secret", 100
SOON = 5.0
"""How late one answer may be on a machine that is busy [s]."""
LOUD, QUIET, OPS = new_key(), new_key(), new_key()
PATH = "/v1/declarations"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A server for a loud organisation, a quiet one, and the operator, who sees much."""
    issued = utc_now() - timedelta(days=1)
    keys = {
        LOUD: Key("loud", "organisation", "loud", ("read",), issued),
        QUIET: Key("quiet", "organisation", "quiet", ("read",), issued),
        OPS: Key("ops", "operator", "", ("ops",), issued),
    }
    held = {hash_of(secret, SECRET): key for secret, key in keys.items()}
    settings = load(api_receive_seconds=PATIENCE, api_connections=6000)
    store = made_store(f"sqlite:///{tmp_path_factory.mktemp('store') / Path('store.db')}")
    with pytest.MonkeyPatch.context() as patch, socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
        patch.setattr(gate_module, "CONFIRMED_SECONDS", 6000)
        gate = Gate(Snapshot(1, held, {}, {"quiet": 10_000}), SECRET, QUOTA)
        app = create_app(
            Stores(Store(0, store), lambda _: store), System(store).play("held-then-released"), settings, gate
        )
        server = Server(Config(app, settings))
        thread = Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        assert server.listens.wait(PATIENCE)
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join(PATIENCE)
    store.dispose()


def as_one(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def served_meanwhile(port: int, times: int = 20) -> None:
    """The quiet organisation asks, and each answer comes soon."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=as_one(QUIET), timeout=PATIENCE) as client:
        for _ in range(times):
            began = time.monotonic()
            assert client.get(PATH).status_code == 200
            assert time.monotonic() - began < SOON


def test_a_burst_of_ten_quotas(port: int) -> None:
    def burst(_: int) -> list[int]:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=as_one(LOUD), timeout=PATIENCE) as client:
            return [client.get(PATH).status_code for _ in range(QUOTA * 10 // 8)]

    with ThreadPoolExecutor(8) as threads:
        bursts = [threads.submit(burst, n) for n in range(8)]
        served_meanwhile(port)
        answered = [status for one in bursts for status in one.result()]
    assert {*answered} == {200, 429}
    assert answered.count(200) <= 2 * QUOTA  # the minute may end meanwhile


@pytest.mark.parametrize("count", some_or_all(300, 5000))
def test_idle_connections(port: int, count: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2 * count + 500:
        pytest.skip(f"this process may open {hard} files")
    with ExitStack() as held:
        for _ in range(count):
            held.enter_context(connected(port))
        served_meanwhile(port)


def test_requests_that_are_half_there(port: int) -> None:
    begun = b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 5000
    with ExitStack() as held:
        for _ in range(200):
            held.enter_context(connected(port, begun))
        served_meanwhile(port)


def test_clients_that_never_read(port: int) -> None:
    asked = f"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {LOUD}\r\n\r\n".encode()
    with ExitStack() as held:
        for _ in range(20):
            one = held.enter_context(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE))
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.sendall(asked * 20)
        served_meanwhile(port)


def test_a_flood_of_bad_keys(port: int) -> None:
    ended, told = Event(), set[int]()

    def flood() -> None:
        bad = {"Authorization": f"Bearer {new_key()}"}
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=bad, timeout=PATIENCE) as client:
            while not ended.is_set():
                told.add(client.get(PATH).status_code)

    with ThreadPoolExecutor(4) as threads:
        floods = [threads.submit(flood) for _ in range(4)]
        served_meanwhile(port)
        ended.set()
        [one.result() for one in floods]
    assert told <= {401, 429}
