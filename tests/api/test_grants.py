"""Grants: the operator lets an organisation see what no message and no connection shows it, and takes that back."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from tests.api.client import Client
from tests.api.system import System
from tests.api.test_isolation import HELD, NOBODYS, gate, shows, through
from tests.api.test_problems import told
from tests.helpers.stores import opened_access

from clearance.access import organisations
from clearance.settings.clock import utc_now

__all__ = ["gate"]
IMPORT = "uk:mrn:26GBSYN00000009781"


@pytest.fixture(autouse=True)
def access(app: FastAPI, store: Engine) -> Iterator[Engine]:
    with opened_access(store.url.render_as_string(hide_password=False)) as engine:
        app.state.access = engine
        for name in ("acme", "rival"):
            organisations.add(engine, name, name.title(), utc_now())
        yield engine


@pytest.fixture(autouse=True)
def filled(system: System) -> System:
    system.take(through("acme-broker", "held-then-released"))
    return system


def state(client: Client, method: str, number: str = HELD, to: str = "rival", **headers: str) -> httpx.Response:
    given = {"headers": {**shows("ops"), **headers}}
    return client.request(method, f"/v1/declarations/{number}/grants/{to}", **given)


def granted(client: Client, number: str = HELD) -> list[str]:
    body = client.get(f"/v1/declarations/{number}/grants", headers=shows("ops")).json()
    assert body["links"]["self"].endswith("/grants")
    found: list[str] = body["organisations"]
    return found


def sees(client: Client, name: str = "rival", number: str = HELD) -> bool:
    answer = client.get(f"/v1/declarations/{number}", headers=shows(name))
    assert answer.status_code in (200, 404)
    return answer.status_code == 200


def test_a_grant_gives_sight_until_it_is_withdrawn(client: Client) -> None:
    assert (sees(client), granted(client)) == (False, [])
    assert state(client, "PUT").json()["outcome"]["code"] == "accepted"
    assert (sees(client), granted(client)) == (True, ["rival"])
    listed = client.get("/v1/declarations", headers=shows("rival")).json()["declarations"]
    assert [one["id"] for one in listed] == [HELD]
    assert state(client, "DELETE").status_code == 200
    assert (sees(client), granted(client)) == (False, [])
    assert sees(client, "acme")


def test_any_number_of_it_will_do_and_the_declaration_is_named(client: Client) -> None:
    answer = state(client, "PUT", "290120260650000003")
    assert (answer.status_code, answer.json()["declaration"]) == (200, HELD)
    assert sees(client)


def test_nobody_is_told_who_else_sees_it(client: Client) -> None:
    """Neither who always saw it nor who it is granted to; the operator alone lists that."""
    before = {name: client.get(f"/v1/declarations/{HELD}", headers=shows(name)).json() for name in ("acme", "ops")}
    state(client, "PUT", **{"Idempotency-Key": "g"})
    for name in ("acme", "rival", "ops"):
        for path in ("", "/timeline", "/messages", "/explanation"):
            answer = client.get(f"/v1/declarations/{HELD}{path}", headers=shows(name))
            assert (answer.status_code, "rival" in answer.text.replace("rival-", "")) == (200, False)
        feed = client.get("/v1/changes?from=start", headers=shows(name))
        assert "rival" not in feed.text
    assert {*before["acme"]} == {*client.get(f"/v1/declarations/{HELD}", headers=shows("acme")).json()}


def test_the_feed_tells_that_it_is_seen_and_gone(client: Client) -> None:
    def next_of(cursor: str) -> tuple[list[tuple[str, str]], str]:
        page = client.get(f"/v1/changes?cursor={cursor}", headers=shows("rival")).json()
        return [(one["kind"]["code"], one["declaration"]) for one in page["changes"]], page["cursor"]

    cursor = client.get("/v1/changes", headers=shows("rival")).json()["cursor"]
    state(client, "PUT")
    changes, cursor = next_of(cursor)
    assert ("seen", HELD) in changes
    state(client, "DELETE")
    assert not sees(client)
    told, cursor = next_of(cursor)
    assert told == [("gone", HELD)]
    state(client, "PUT")
    told, cursor = next_of(cursor)
    assert told == [("seen", HELD)]
    assert next_of(cursor)[0] == []


def test_what_is_unknown_is_told_apart(client: Client, system: System) -> None:
    before = sum(map(len, system.log))
    for method in ("PUT", "DELETE"):
        for given, status, slug in (
            ({"to": "nobody"}, 422, "unknown-organisation"),
            ({"to": "No%20Id"}, 422, "invalid-parameter"),
            ({"number": NOBODYS["number"]}, 404, "unknown-number"),
        ):
            answer = state(client, method, **given)
            assert (answer.status_code, told(answer)["type"].rpartition("/")[2]) == (status, slug)
    missing = client.get(f"/v1/declarations/{NOBODYS['number']}/grants", headers=shows("ops"))
    assert missing.status_code == 404
    assert sum(map(len, system.log)) == before


def test_a_grant_is_pending_until_the_tracker_has_decided(client: Client, system: System) -> None:
    system.decides = False
    answer = state(client, "PUT", **{"Idempotency-Key": "g-1"})
    assert (answer.status_code, answer.headers["Location"]) == (202, "/v1/commands/g-1")
    assert not sees(client)


def test_an_id_is_of_one_grant(client: Client) -> None:
    once: dict[str, Any] = {"Idempotency-Key": "g-1"}
    assert [state(client, "PUT", **once).status_code for _ in range(2)] == [200, 200]
    for method, to in (("PUT", "acme"), ("DELETE", "rival")):
        answer = state(client, method, to=to, **once)
        assert (answer.status_code, told(answer)["type"].rpartition("/")[2]) == (409, "command-id-reused")


def test_a_recorded_grant_names_the_organisation(client: Client, system: System, gate: Any) -> None:
    """UK notifications name no firm: the grant is the only way in."""
    system.take(through("customs", "uk-granted-and-withdrawn-again"))
    assert granted(client, IMPORT) == ["rival-freight"]
    assert not sees(client, "rival", IMPORT)
    state(client, "PUT", IMPORT)
    assert granted(client, IMPORT) == ["rival", "rival-freight"]
    assert sees(client, "rival", IMPORT)


def test_what_is_granted_under_an_alias_is_seen_once_it_is_merged(client: Client, system: System) -> None:
    arrivals = through("customs", "alias-granted-then-merged")
    system.take(arrivals[:1])
    system.take(arrivals[1:2])
    alias, primary = "cn:entry:290120260650000783", "cn:unified:E20260004010000783"
    assert state(client, "PUT", alias).status_code == 200
    assert sees(client, number=alias)
    assert not sees(client, number=primary)
    system.take(arrivals[2:])
    assert sees(client, number=alias)
    assert sees(client, number=primary)
    assert granted(client, alias) == granted(client, primary) == ["acme-exports", "rival", "rival-freight"]
