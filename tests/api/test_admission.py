"""Who is let in: every route asks for a key, each refusal is told apart, and who asked what is noted."""

import importlib
import pkgutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from sqlalchemy import Engine, update
from tests.api.client import Client
from tests.api.system import System
from tests.api.test_problems import told

import clearance.api
from clearance.access import audit, keys, organisations, schema
from clearance.access import gate as gate_module
from clearance.access.database import opened, secret_of
from clearance.access.gate import Gate
from clearance.access.key_form import complete, hash_of, new_key
from clearance.access.keys import Snapshot
from clearance.access.tending import Tender, tended
from clearance.access.verdicts import Key
from clearance.api.admission import Guarded, route_scopes
from clearance.contracts.tables import InvalidTable
from clearance.settings import Settings, load
from clearance.settings.clock import monotonic, utc_now
from clearance.store.connect import writing

HELD, NOBODYS = "cn:unified:E20260004010000003", "cn:unified:E20260004010000999"
SECRET = b"secret"
ISSUED = utc_now() - timedelta(days=1)
KEYS = {
    "ops": Key("ops", "operator", "", ("ops",), ISSUED),
    "reads": Key("reads", "organisation", "acme", ("read",), ISSUED),
    "commands": Key("commands", "organisation", "acme", ("read", "command"), ISSUED),
    "brings": Key("brings", "connection", "acme", ("ingest",), ISSUED),
    "expired": Key("expired", "organisation", "acme", ("read",), ISSUED, expires_at=utc_now()),
    "revoked": Key("revoked", "organisation", "acme", ("read",), ISSUED, revoked_at=utc_now()),
}
SECRETS = {name: new_key() for name in KEYS}
ROUTERS: list[APIRouter] = [
    module.router
    for name in sorted(found.name for found in pkgutil.iter_modules(clearance.api.__path__))
    if hasattr(module := importlib.import_module(f"clearance.api.{name}"), "router")
]
ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
GUARDED = [(method, route) for route in ROUTES if route_scopes()[route.name] for method in sorted(route.methods or ())]
BODIES: dict[str, dict[str, Any]] = {
    "state_transport_plan": {"json": {"vessel": "EVER GIVEN"}},
    "register": {"json": {}},
    "assign": {"json": {"assignee": "Wang"}},
    "mute": {"json": {"until": "2026-03-09T00:00:00Z"}},
    "mute_rule": {"json": {}},
    "batch": {"json": {"numbers": ["290120260650000003"]}},
}


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    monkeypatch.setattr(gate_module, "CONFIRMED_SECONDS", 600)
    return Gate(Snapshot(1, {hash_of(SECRETS[name], SECRET): key for name, key in KEYS.items()}, {}), SECRET)


def shows(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {SECRETS[name]}"}


def ask(client: Client, method: str, route: APIRoute, of: str = HELD, **given: Any) -> httpx.Response:
    path = route.path.format(
        number=of,
        message_id="a" * 64,
        anomaly="0" * 24,
        command_id="plan-1",
        organisation="acme",
        rule="A07",
        incident="a" * 16,
    )
    return client.request(method, path, **BODIES.get(route.name, {}), **given)


def test_every_route_stands_in_the_table_and_asks_for_what_it_says(app: FastAPI) -> None:
    own = [route for route in app.routes if isinstance(route, APIRoute) and not isinstance(route, Guarded)]
    assert {route.name for route in (*ROUTES, *own)} == {*route_scopes()}
    assert [route.name for route in own if route_scopes()[route.name]] == []
    assert [route.name for _, route in GUARDED if not isinstance(route, Guarded)] == []
    assert {route_scopes()[route.name] for method, route in GUARDED if method == "GET"} == {"read", "ops"}
    others = {route.name: route_scopes()[route.name] for method, route in GUARDED if method != "GET"}
    assert others.pop("batch") == "read"  # more numbers than an address has room for
    assert {*others.values()} == {"command", "file", "ingest", "ops"}
    assert len(app.openapi()["paths"]) == len({route.path for route in ROUTES})


def test_a_route_that_the_table_does_not_know_is_no_route() -> None:
    async def unheard_of() -> None: ...

    with pytest.raises(InvalidTable, match="lacks the route 'unheard_of': say which scope it asks for"):
        APIRouter(route_class=Guarded).get("/v1/unheard-of")(unheard_of)


@pytest.mark.parametrize(("method", "route"), GUARDED, ids=lambda one: getattr(one, "name", one))
def test_nobody_gets_in_without_a_key(system: System, client: Client, method: str, route: APIRoute) -> None:
    system.play("held-then-released")
    answer = ask(client, method, route)
    assert told(answer)["type"].endswith("/key-missing")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="clearance"'
    assert "Clearance-As-Of" not in answer.headers


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/freshz", "/metrics", "/docs", "/openapi.json", "/"])
def test_what_says_nothing_of_declarations_needs_no_key(client: Client, path: str) -> None:
    assert client.get(path).status_code in (200, 307, 503)


@pytest.mark.parametrize(
    ("given", "slug", "why"),
    [
        ({}, "key-missing", ""),
        ({"Authorization": "Basic YTpi"}, "key-missing", ""),
        ({"Authorization": SECRETS["ops"]}, "key-missing", ""),
        ({"Authorization": "Bearer "}, "key-mistyped", "invalid_token"),
        ({"Authorization": f"Bearer {SECRETS['ops'][:-1]}"}, "key-mistyped", "invalid_token"),
        ({"Authorization": f"Bearer {complete('1' * 37)}"}, "key-unknown", "invalid_token"),
        (shows("expired"), "key-expired", "invalid_token"),
        (shows("revoked"), "key-revoked", "invalid_token"),
    ],
    ids=range(8),
)
def test_each_refusal_is_told_apart(client: Client, given: dict[str, str], slug: str, why: str) -> None:
    answer = client.get(f"/v1/declarations/{HELD}", headers=given)
    assert (answer.status_code, told(answer)["type"].rpartition("/")[2]) == (401, slug)
    assert (why in answer.headers["WWW-Authenticate"]) if why else "error" not in answer.headers["WWW-Authenticate"]
    assert "clr_" not in answer.text.replace("clr_…", "")
    reason = slug.removeprefix("key-")
    assert f'clearance_access_refused_total{{reason="{reason}"}} 1.0' in client.get("/metrics").text


def test_a_key_without_the_scope_is_told_which_it_lacks(client: Client, system: System) -> None:
    for name, method, path, scope in (
        ("reads", "PUT", f"/v1/declarations/{HELD}/transport-plan", "command"),
        ("brings", "GET", "/v1/declarations", "read"),
    ):
        answer = client.request(method, path, headers=shows(name))
        assert (answer.status_code, told(answer)["scope"]) == (403, scope)
        assert answer.headers["WWW-Authenticate"].endswith(f'error="insufficient_scope", scope="{scope}"')
    assert not any(system.log)


def test_two_keys_are_none(client: Client) -> None:
    both = [("Authorization", f"Bearer {SECRETS[name]}") for name in ("ops", "reads")]
    assert told(client.get("/v1/declarations", headers=both))["type"].endswith("/key-missing")


def test_the_scheme_is_known_in_any_case(client: Client) -> None:
    assert client.get("/v1/declarations", headers={"authorization": f"bearer {SECRETS['ops']}"}).status_code == 200


def test_nothing_else_of_a_request_is_looked_at_before_its_key(client: Client) -> None:
    answer = client.put(f"/v1/declarations/{HELD}/transport-plan?x=1", content=b"{", headers={"Content-Type": "text/x"})
    assert answer.status_code == 401
    assert client.get("/v1/declarations?limit=x").status_code == 401


def test_the_operator_sees_and_states_everything(client: Client, system: System) -> None:
    system.play("held-then-released")
    answer = client.get(f"/v1/declarations/{HELD}", headers=shows("ops"))
    assert (answer.status_code, answer.json()["status"]["code"]) == (200, "released")
    plan = client.put(f"/v1/declarations/{HELD}/transport-plan", json={"vessel": "X"}, headers=shows("ops"))
    assert plan.status_code == 200


@pytest.mark.parametrize(("method", "route"), GUARDED, ids=lambda one: getattr(one, "name", one))
def test_a_strangers_declaration_answers_as_one_that_does_not_exist(
    system: System, client: Client, method: str, route: APIRoute
) -> None:
    system.play("held-then-released")
    before = sum(map(len, system.log))
    theirs, nobodys = (ask(client, method, route, of, headers=shows("commands")) for of in (HELD, NOBODYS))
    assert theirs.status_code == nobodys.status_code
    assert theirs.content.replace(HELD.encode(), b"") == nobodys.content.replace(NOBODYS.encode(), b"")
    told_of = {*theirs.headers} - {"clearance-as-of", "clearance-lag-seconds"}
    assert told_of == {*nobodys.headers} - {"clearance-as-of", "clearance-lag-seconds"}
    assert sum(map(len, system.log)) == before


def test_who_asked_what_is_noted(client: Client, system: System, gate: Gate) -> None:
    system.play("held-then-released")
    client.get(f"/v1/declarations/{HELD.rpartition(':')[2]}", headers=shows("ops"))
    client.get(f"/v1/declarations/{HELD}", headers=shows("reads"))
    client.put(f"/v1/declarations/{HELD}/transport-plan", json={"vessel": "X"}, headers=shows("ops"))
    client.put(f"/v1/declarations/{HELD}/transport-plan", json={}, headers=shows("reads"))
    client.get("/v1/declarations")
    noted = [(one.key, one.name, one.method, one.route, one.declaration, one.status) for one in gate.audit._waiting]
    assert noted == [
        ("ops", "", "GET", "/v1/declarations/{number}", HELD, 200),
        ("reads", "acme", "GET", "/v1/declarations/{number}", "", 404),
        ("ops", "", "PUT", "/v1/declarations/{number}/transport-plan", HELD, 200),
        ("reads", "acme", "PUT", "/v1/declarations/{number}/transport-plan", "", 403),
    ]


def test_what_was_refused_or_failed_is_noted_with_its_status(client: Client, system: System, gate: Gate) -> None:
    client.get("/v1/declarations?limit=x", headers=shows("ops"))
    system.lose_the_store()
    client.get("/v1/declarations", headers=shows("ops"))
    assert [one.status for one in gate.audit._waiting] == [422, 503]


def test_a_gate_that_cannot_ask_lets_nobody_in(client: Client, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate_module, "CONFIRMED_SECONDS", -1)
    answer = client.get("/v1/declarations", headers=shows("ops"))
    assert (answer.status_code, told(answer)["type"].rpartition("/")[2]) == (503, "store-unreachable")


@pytest.fixture
def settings(store: Engine, tmp_path: Path) -> Settings:
    (tmp_path / "secret").write_text("a secret of this server")
    url = store.url.render_as_string(hide_password=False)
    return load(database_url=url, access_secret_file=str(tmp_path / "secret"))


@pytest.fixture
def access(settings: Settings) -> Iterator[Engine]:
    with opened(settings) as engine:
        yield engine


@pytest.mark.parametrize("store", ["sqlite", "postgresql"], indirect=True)
def test_a_change_holds_on_every_replica_within_a_second(settings: Settings, access: Engine) -> None:
    organisations.add(access, "acme", "Acme", utc_now())
    with tended(settings) as one, tended(settings) as two:
        secret, key = keys.issue(access, secret_of(settings), KEYS["reads"])
        within_a_second(lambda: all(key.id in {k.id for k in gate.held.keys.values()} for gate in (one, two)))
        assert [gate.admit(secret, "read").name for gate in (one, two)] == ["acme", "acme"]
        keys.revoke(access, key.id, utc_now())
        within_a_second(lambda: all(refuses(gate, secret) for gate in (one, two)))


def within_a_second(holds: Any) -> None:
    """Somewhat more on a machine that is busy."""
    end, tick = monotonic() + 3, Event()
    while not holds():
        assert monotonic() < end
        tick.wait(0.02)


def refuses(gate: Gate, secret: str) -> bool:
    try:
        gate.admit(secret, "read")
    except gate_module.Refused as refused:
        return refused.reason == "revoked"
    return False


@pytest.mark.parametrize("store", ["sqlite", "postgresql"], indirect=True)
def test_a_change_holds_while_another_process_writes_for_long(settings: Settings, access: Engine) -> None:
    """What was noted waits for it; who may come in does not."""
    organisations.add(access, "acme", "Acme", utc_now())
    secret = keys.issue(access, secret_of(settings), KEYS["reads"]).secret
    with tended(settings) as gate, opened(settings) as other:
        with writing(other) as connection:
            gate.note(gate.admit(secret, "read"), "GET", "/v1/declarations", "", 200)
            before = gate._confirmed
            within_a_second(lambda: gate._confirmed > before + 1)
            connection.execute(update(schema.keys).values(revoked_at=utc_now()))
            connection.execute(schema.version.update().values(number=schema.version.c.number + 1))
        within_a_second(lambda: refuses(gate, secret))


@pytest.mark.parametrize("store", ["sqlite", "postgresql"], indirect=True)
def test_what_was_noted_is_written_at_the_end_and_forgotten_in_time(settings: Settings, access: Engine) -> None:
    organisations.add(access, "acme", "Acme", utc_now())
    secret, key = keys.issue(access, secret_of(settings), KEYS["reads"])
    with tended(settings) as gate:
        gate.note(gate.admit(secret, "read"), "GET", "/v1/declarations", "", 200)
        gate.note(gate.admit(secret, "read"), "GET", "/v1/declarations/{number}", HELD, 404)
    assert [(one.name, one.status) for one in audit.entries(access, None, None, 10)] == [("acme", 404), ("acme", 200)]
    assert [one.key for one in audit.entries(access, "acme", HELD, 10)] == [key.id]
    assert audit.entries(access, "other", None, 10) == []
    assert keys.all_of(access)[0].last_used_at is not None
    assert not audit.forget(access, utc_now() - timedelta(seconds=60))
    assert len(audit.entries(access, None, None, 10)) == 2
    assert not audit.forget(access, utc_now() + timedelta(seconds=1))
    assert audit.entries(access, None, None, 10) == []


def test_what_is_forgotten_goes_some_at_a_time(access: Engine, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "FORGOTTEN_AT_ONCE", 2)
    for status in range(200, 205):
        gate.note(KEYS["ops"], "GET", "/v1/declarations", "", status)
    gate.audit.write(access)
    over = utc_now() + timedelta(seconds=1)
    assert [audit.forget(access, over) for _ in range(3)] == [True, True, False]
    assert audit.entries(access, None, None, 10) == []


def test_a_database_that_is_away_is_said_once_and_loses_nothing(
    settings: Settings, access: Engine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    held = keys.snapshot(access)
    assert held is not None
    gate, file = Gate(held, SECRET), Path(str(access.url.database))
    gate.note(KEYS["ops"], "GET", "/v1/declarations", "", 200)
    tender = Tender(gate, access, timedelta(days=1), timedelta(days=1))
    access.dispose()
    file.rename(file.with_suffix(".away"))
    file.mkdir()
    tender.write()
    tender.write()
    assert capsys.readouterr().out.count("access cannot be read or written") == 1
    file.rmdir()
    file.with_suffix(".away").rename(file)
    tender.write()
    assert len(audit.entries(access, None, None, 10)) == 1


def test_a_full_buffer_loses_the_newest_and_counts_them(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "MOST_WAITING", 2)
    for _ in range(5):
        gate.note(KEYS["ops"], "GET", "/v1/declarations", "", 200)
    assert (len(gate.audit._waiting), gate.audit.lost) == (2, 3)
