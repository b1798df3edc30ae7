"""Mutes through the API: whose they are, of one declaration and in general, and that no anomaly changes."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from tests.api.client import Client
from tests.api.system import System
from tests.api.test_by_hand import BOTH
from tests.api.test_isolation import HELD, HOLDERS, gate, shows, through
from tests.helpers.stores import opened_access

from clearance.access.gate import Gate
from clearance.access.keys import Snapshot

__all__ = ["gate"]
OF_HELD = f"/v1/declarations/{HELD}/mutes"
UNTIL = {"until": "2026-03-09T08:00:00+08:00", "by": "Li"}


@pytest.fixture(autouse=True)
def access(app: FastAPI, store: Engine) -> Iterator[Engine]:
    with opened_access(store.url.render_as_string(hide_password=False)) as engine:
        app.state.access = engine
        yield engine


@pytest.fixture(autouse=True)
def shared(system: System, gate: Gate) -> None:
    """A declaration that acme and rival see."""
    gate.confirm(Snapshot(2, gate.held.keys, {"acme": BOTH, "rival": BOTH}))
    system.take(through("acme-broker", "held-then-released"))


def asked(client: Client, name: str, path: str) -> list[tuple[str, str | None, str]]:
    answer = client.get(path, headers=shows(name))
    assert answer.status_code == 200
    return [(one["rule"]["code"], one["until"], one["by"]) for one in answer.json()["mutes"]]


def mute(client: Client, name: str, path: str, **said: Any) -> Any:
    return client.put(path, json=said, headers=shows(name))


def test_a_mute_of_a_declaration_is_its_organisations_alone(client: Client) -> None:
    before = {name: client.get("/v1/anomalies?state=any", headers=shows(name)).json() for name in HOLDERS}
    answer = mute(client, "acme", f"{OF_HELD}/A07", **UNTIL)
    assert (answer.status_code, answer.json()["outcome"]["code"]) == (200, "accepted")
    assert asked(client, "acme", OF_HELD) == [("A07", "2026-03-09T00:00:00Z", "Li")]
    assert asked(client, "rival", OF_HELD) == asked(client, "ops", OF_HELD) == []
    for name in HOLDERS:
        now = client.get("/v1/anomalies?state=any", headers=shows(name)).json()
        assert [one["state"] for one in now["anomalies"]] == [one["state"] for one in before[name]["anomalies"]]


def test_the_last_mute_of_a_rule_counts(client: Client) -> None:
    mute(client, "acme", f"{OF_HELD}/A07", **UNTIL)
    mute(client, "acme", f"{OF_HELD}/A07", until="2026-03-02T00:00:00Z")
    assert asked(client, "acme", OF_HELD) == [("A07", "2026-03-02T00:00:00Z", "key 1")]


def test_a_rule_is_muted_in_general_by_each_for_himself(client: Client, system: System) -> None:
    before = sum(map(len, system.log))
    assert mute(client, "acme", "/v1/mutes/A13").status_code == 204
    assert mute(client, "ops", "/v1/mutes/A07", **UNTIL).status_code == 204
    assert asked(client, "acme", "/v1/mutes") == [("A13", None, "key 1")]
    assert asked(client, "rival", "/v1/mutes") == []
    assert asked(client, "ops", "/v1/mutes") == [("A07", "2026-03-09T00:00:00Z", "Li")]
    assert sum(map(len, system.log)) == before


def test_a_general_mute_is_replaced_and_ended(client: Client) -> None:
    mute(client, "acme", "/v1/mutes/A13")
    mute(client, "acme", "/v1/mutes/A13", **UNTIL)
    assert asked(client, "acme", "/v1/mutes") == [("A13", "2026-03-09T00:00:00Z", "Li")]
    for _ in range(2):
        assert client.request("DELETE", "/v1/mutes/A13", headers=shows("acme")).status_code == 204
    assert asked(client, "acme", "/v1/mutes") == []


@pytest.mark.parametrize(
    ("path", "said", "status", "named"),
    [
        (f"{OF_HELD}/A99", UNTIL, 422, "rule"),
        (f"{OF_HELD}/A07", {}, 422, "until"),
        (f"{OF_HELD}/A07", {"until": "tomorrow"}, 422, "until"),
        ("/v1/declarations/cn:unified:E20260004010000999/mutes/A07", UNTIL, 404, None),
        ("/v1/mutes/A99", {}, 422, "rule"),
        ("/v1/mutes/A07", {"note": "x"}, 422, "note"),
    ],
)
def test_what_cannot_be_muted_is_refused(
    client: Client, system: System, path: str, said: dict[str, str], status: int, named: str | None
) -> None:
    before = sum(map(len, system.log))
    answer = mute(client, "acme", path, **said)
    assert (answer.status_code, answer.json().get("names")) == (status, named)
    assert sum(map(len, system.log)) == before
