"""Several APIs on one PostgreSQL: none is behind another in who may ask, and a client may go from one to the next."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import text
from tests.api.client import Client
from tests.api.live import until
from tests.api.system import System
from tests.helpers.stores import made_store

from clearance.access import gate as gate_module
from clearance.access import keys, tending
from clearance.access.database import opened, secret_of
from clearance.access.gate import Gate
from clearance.access.keys import Issued
from clearance.access.tending import tended
from clearance.access.verdicts import Key
from clearance.api.app import create_app
from clearance.api.server import opener
from clearance.api.stores import Store, Stores
from clearance.settings import Settings, load
from clearance.settings.clock import monotonic, utc_now
from clearance.store.connect import writing

HELD = "cn:unified:E20260004010000003"
REPLICAS = 3
OTHERS = (
    "FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'clearance'"
)
"""Connections of ours to this database beside the one that asks."""
ROOT = Path(__file__).parents[2]


@pytest.fixture
def quota() -> int:
    return 6000


@pytest.fixture
def settings(postgres_url: str, tmp_path: Path, quota: int) -> Settings:
    (tmp_path / "secret").write_text("a secret of this server")
    secret = str(tmp_path / "secret")
    return load(database_url=postgres_url, access_secret_file=secret, api_stale_seconds=300, api_quota=quota)


@pytest.fixture
def system(settings: Settings) -> Iterator[System]:
    store = made_store(settings.database_url)
    yield System(store)
    store.dispose()


@pytest.fixture
def key(settings: Settings) -> Issued:
    with opened(settings) as access:
        now = utc_now()
        wanted = Key("", "operator", "", ("ops",), now, expires_at=now + timedelta(days=1))
        return keys.issue(access, secret_of(settings), wanted)


@pytest.fixture
def gates(settings: Settings, key: Issued) -> Iterator[list[Gate]]:
    with ExitStack() as stack:
        yield [stack.enter_context(tended(settings)) for _ in range(REPLICAS)]


@pytest.fixture
def replicas(settings: Settings, system: System, gates: list[Gate]) -> Iterator[list[Client]]:
    with ExitStack() as stack:
        clients = []
        for gate in gates:
            store = opener(settings)(0)
            stack.callback(store.dispose)
            stores = Stores(Store(0, store), lambda _, store=store: store)  # type: ignore[misc] # bound to this one
            clients.append(Client(create_app(stores, system, settings, gate)))
        yield clients


def test_a_feed_goes_on_at_any_of_them(system: System, replicas: list[Client], key: Issued) -> None:
    shown = {"Authorization": f"Bearer {key.secret}"}
    seen: dict[str, int] = {}
    cursor, turn = "", 0
    for recording in ("held-then-released", "rejected-and-left", "uk-export-exits"):
        system.play(recording)
        more = True
        while more:
            begin = f"cursor={cursor}" if cursor else "from=start"
            page = replicas[turn % REPLICAS].get(f"/v1/changes?limit=3&{begin}", headers=shown).json()
            for change in page["changes"]:
                assert change["previous_seq"] in (None, seen.get(change["declaration"]))
                seen[change["declaration"]] = change["seq"]
            cursor, more, turn = page["cursor"], page["more"], turn + 1
    listed = replicas[0].get("/v1/declarations", headers=shown).json()["declarations"]
    assert {*seen} >= {row["id"] for row in listed}
    assert turn > REPLICAS


def test_a_token_of_one_holds_at_the_others(system: System, replicas: list[Client], key: Issued) -> None:
    system.play("held-then-released")
    shown = {"Authorization": f"Bearer {key.secret}"}

    def batch(replica: Client, since: str) -> dict[str, Any]:
        given = {"numbers": [HELD], "since": since}
        return dict(replica.post("/v1/declarations:batch", json=given, headers=shown).json())

    token = batch(replicas[0], "")["token"]
    assert [batch(replica, token)["unchanged"] for replica in replicas] == [1] * REPLICAS


def test_a_key_that_is_revoked_is_refused_by_all_within_a_second(
    settings: Settings, replicas: list[Client], key: Issued
) -> None:
    shown = {"Authorization": f"Bearer {key.secret}"}
    assert [replica.get("/v1/declarations", headers=shown).status_code for replica in replicas] == [200] * REPLICAS
    with opened(settings) as access:
        keys.revoke(access, key.key.id, utc_now())
    until = monotonic() + 1
    while (found := [replica.get("/v1/declarations", headers=shown).status_code for replica in replicas]) != [
        401
    ] * REPLICAS:
        assert monotonic() < until, found
        Event().wait(0.05)


def test_a_process_has_no_more_connections_than_the_handbook_says(settings: Settings, system: System) -> None:
    """Of the two for keys one waits for another process that writes, and one looks meanwhile."""
    [told] = re.findall(r"(?m)^\| API \| (\d+) \|", (ROOT / "docs" / "running.md").read_text(encoding="utf-8"))
    with tended(settings) as gate, opened(settings, settings.api_access_connections) as access, ExitStack() as stack:
        stack.enter_context(writing(access))
        gate.note(Key("1", "operator", "", ("ops",), utc_now()), "GET", "/v1/declarations", "", 200)
        store = opener(settings)(0)
        stack.callback(store.dispose)
        for engine in (store, access):
            for _ in range(engine.pool.size() - engine.pool.checkedout()):  # type: ignore[attr-defined] # bounded
                stack.enter_context(engine.connect())
        until(lambda: others(system) >= int(told))
        assert others(system) == int(told)


def others(system: System) -> int:
    """How many connections there are."""
    with system.store.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) {OTHERS}")).scalar_one())


@pytest.mark.parametrize("quota", [30])
def test_a_burst_of_ten_times_the_quota_gets_the_quota(
    replicas: list[Client], key: Issued, gates: list[Gate], quota: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The minute stands still. Each round asks for the whole quota, in turns, and then half a second passes."""
    noon = utc_now()
    for module in (gate_module, tending):
        monkeypatch.setattr(module, "utc_now", lambda: noon)
    shown = {"Authorization": f"Bearer {key.secret}"}
    answered: Counter[int] = Counter()
    for _ in range(10):
        for number in range(quota):
            answer = replicas[number % REPLICAS].get("/v1/declarations/nobodys", headers=shown)
            answered[answer.status_code] += 1
        until = monotonic() + 20
        while not all(one.charge(key.key, 0).refused for one in gates):
            assert monotonic() < until, [one.charge(key.key, 0) for one in gates]
            Event().wait(0.05)
    assert answered == {404: quota, 429: 9 * quota}
    assert replicas[0].get("/v1/declarations", headers=shown).headers["RateLimit"].startswith('"requests";r=0;')


def test_connections_that_the_server_closed_are_made_anew(system: System, replicas: list[Client], key: Issued) -> None:
    """As after a restart of PostgreSQL, or a proxy that closes what is idle."""
    system.play("held-then-released")
    shown = {"Authorization": f"Bearer {key.secret}"}
    assert replicas[0].get("/v1/declarations", headers=shown).status_code == 200
    with system.store.begin() as connection:
        closed = connection.execute(text(f"SELECT count(pg_terminate_backend(pid)) {OTHERS}")).scalar_one()
    assert closed >= REPLICAS
    for replica in replicas:
        for path in (f"/v1/declarations/{HELD}", "/v1/declarations", "/v1/changes?from=start"):
            assert replica.get(path, headers=shown).status_code == 200
