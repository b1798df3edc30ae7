"""A server on a port of this machine, over a filled store and with keys, for tests that ask it as clients do."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import NamedTuple

import uvicorn
from sqlalchemy import Engine
from tests.api.live import Server
from tests.api.system import System
from tests.helpers.stores import made_store

from clearance.access import keys, organisations
from clearance.access.database import opened, secret_of
from clearance.access.tending import tended
from clearance.access.verdicts import Key
from clearance.api.app import create_app
from clearance.api.stores import Store, Stores
from clearance.settings import Settings, load
from clearance.settings.clock import utc_now

SCOPES = ("read", "command")


class Served(NamedTuple):
    """Where it listens, and keys by the names of their holders; "" is the operator."""

    url: str
    keys: dict[str, str]

    def shows(self, name: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys[name]}"}


@contextmanager
def served(folder: Path, named: dict[str, str]) -> Iterator[tuple[Served, System]]:
    """With organisations, each by the one identifier that is theirs."""
    (folder / "secret").write_text("a secret of this server")
    settings = load(
        database_url=f"sqlite:///{folder / 'store.db'}",
        access_secret_file=str(folder / "secret"),
        api_command_wait_seconds=0,
        api_stale_seconds=3600,
        api_quota=1_000_000,
    )
    store = made_store(settings.database_url)
    system = System(store)
    with opened(settings) as access:
        issued = _issued(settings, access, named)
    with opened(settings) as access, tended(settings) as gate, socket.create_server(("127.0.0.1", 0)) as listening:
        app = create_app(Stores(Store(0, store), lambda _: store), system, settings, gate, access=access)
        app.state.read_original = system.read_original
        server = Server(uvicorn.Config(app, log_config=None, access_log=False))
        thread = Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        assert server.listens.wait(30)
        yield Served(f"http://127.0.0.1:{listening.getsockname()[1]}", issued), system
        server.should_exit = True
        thread.join(30)
    store.dispose()


def _issued(settings: Settings, access: Engine, named: dict[str, str]) -> dict[str, str]:
    wanted = {"": Key("", "operator", "", ("ops",), utc_now())}
    for name, identifier in named.items():
        organisations.add(access, name, name, utc_now())
        organisations.identify(access, name, identifier)
        organisations.set_quota(access, name, 1_000_000)
        wanted[name] = Key("", "organisation", name, SCOPES, utc_now())
    return {name: keys.issue(access, secret_of(settings), key)[0] for name, key in wanted.items()}
