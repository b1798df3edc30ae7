"""PostgreSQL is killed under the API and comes back: who asks meanwhile is told to come again, and nobody mends it."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple

import httpx
import pytest
from sqlalchemy import make_url
from tests.api.live import served, until
from tests.api.system import System
from tests.helpers.stores import made_store

from clearance.access import keys
from clearance.access.database import opened, secret_of
from clearance.access.keys import Issued
from clearance.access.tending import tended
from clearance.access.verdicts import Key
from clearance.api.app import create_app
from clearance.api.stores import Store, Stores
from clearance.settings import Settings, load
from clearance.settings.clock import utc_now
from clearance.store.connect import open_store

HELD = "/v1/declarations/cn:unified:E20260004010000003"
PATHS = (HELD, f"{HELD}/timeline", "/v1/declarations", "/v1/anomalies", "/v1/changes?from=start", "/v1/clearance-times")


class Running(NamedTuple):
    """An API over a database that can be killed; `system` writes into the same store."""

    settings: Settings
    system: System
    address: str
    key: Issued

    def get(self, path: str) -> httpx.Response:
        """By the route, whatever is kept."""
        headers = {"Authorization": f"Bearer {self.key.secret}", "X-Unknown": "1"}
        return httpx.get(f"{self.address}{path}", headers=headers, timeout=60)


@pytest.fixture
def running(own_postgres: Any, tmp_path: Path) -> Iterator[Running]:
    (tmp_path / "secret").write_text("a secret of this server")
    url = make_url(own_postgres.get_uri()).render_as_string(hide_password=False)
    settings = load(database_url=url, access_secret_file=str(tmp_path / "secret"))
    written, store = made_store(url), open_store(url)
    with opened(settings) as access:
        now = utc_now()
        key = keys.issue(access, secret_of(settings), Key("", "operator", "", ("ops",), now, now + timedelta(days=1)))
    with tended(settings) as gate, opened(settings) as access:
        system = System(written).play("held-then-released")
        app = create_app(Stores(Store(0, store), lambda _: store), system, settings, gate, access=access)
        with served(app, gate) as port:
            yield Running(settings, system, f"http://127.0.0.1:{port}", key)
    for engine in (written, store):
        engine.dispose()


@contextmanager
def asking(running: Running) -> Iterator[list[httpx.Response]]:
    """What is answered to clients that ask for everything, again and again, meanwhile."""
    answers: list[httpx.Response] = []
    ended = Event()

    def ask(path: str) -> None:
        while not ended.wait(0.02):
            answers.append(running.get(path))

    with ThreadPoolExecutor(len(PATHS)) as threads:
        asked = [threads.submit(ask, path) for path in PATHS]
        try:
            yield answers
        finally:
            ended.set()
    for one in asked:
        one.result()


def test_who_asks_is_told_to_come_again_and_is_answered_again(running: Running, own_postgres: Any) -> None:
    until(lambda: all(running.get(path).status_code == 200 for path in PATHS))
    with asking(running) as answers:
        os.kill(own_postgres.get_pid(), signal.SIGQUIT)  # at once, as if it had crashed
        until(lambda: {503} == {one.status_code for one in [running.get(path) for path in PATHS]})
        own_postgres.ensure_postgres_running()
        until(lambda: all(running.get(path).status_code == 200 for path in PATHS))
    assert {one.status_code for one in answers} <= {200, 503}
    refused = [one for one in answers if one.status_code == 503]
    assert refused
    for one in refused:
        assert int(one.headers["Retry-After"]) > 0
        assert one.json()["type"].startswith("/problems/")
    running.system.play("rejected-and-left")
    until(lambda: len(running.get("/v1/declarations").json()["declarations"]) == 2)
    with opened(running.settings) as access:
        keys.revoke(access, running.key.key.id, utc_now())
    until(lambda: running.get(HELD).status_code == 401)
