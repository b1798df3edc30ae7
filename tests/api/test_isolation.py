"""Two organisations and every route: each sees what names it; what is the other's answers as what does not exist."""

import asyncio
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute
from msgspec.structs import replace
from sqlalchemy import event
from tests.api.client import Client
from tests.api.incidents import incident_of
from tests.api.system import RECORDINGS, System
from tests.api.test_admission import BODIES, GUARDED, ISSUED, SECRET
from tests.api.test_problems import told

from clearance.access import gate as gate_module
from clearance.access.gate import Gate
from clearance.access.key_form import hash_of, new_key
from clearance.access.keys import Snapshot
from clearance.access.verdicts import Key
from clearance.api.admission import route_scopes
from clearance.events.anomalies.ledger import anomaly_id
from clearance.events.log.input_records import input_record
from clearance.events.log.inputs import Command
from clearance.events.partition.replay import Arrival
from clearance.events.receipts.facts import Statement
from clearance.events.receipts.routing import message_id
from clearance.events.values.times import parse_utc
from clearance.recordings.read import read_recording
from clearance.settings.clock import utc_now
from clearance.store.schema import parties

HELD = "cn:unified:E20260004010000003"
OPENED = parse_utc("2026-03-02T02:00:00Z")
THEIRS = {
    "number": HELD,
    "message_id": message_id((RECORDINGS / "held-then-released" / "001-declared.xml").read_bytes()),
    "anomaly": anomaly_id(HELD, "A07", OPENED),
    "command_id": "plan-1",
    "incident": "a" * 16,
    "rule": "A07",
}
NOBODYS = {
    "number": "cn:unified:E20260004010000999",
    "message_id": "a" * 64,
    "anomaly": "0" * 24,
    "command_id": "plan-0",
    "incident": "b" * 16,
    "rule": "A07",
}
NUMBERS = (HELD, HELD.rpartition(":")[2], "290120260650000003", "cn:entry:290120260650000003")
"""Every way in which the declaration can be asked for."""
HOLDERS = {"acme": "organisation", "rival": "organisation", "ops": "operator"}
SECRETS = {name: new_key() for name in HOLDERS}
LISTS = {"declarations", "anomalies", "incidents", "times", "changes", "batch"}
ONES_OWN = {
    "file_declaration",
    "register",
    "register_many",
    "registration",
    "withdraw",
    "own_registrations",
    "muted_rules",
    "mute_rule",
    "unmute_rule",
}
"""Speak of nothing but what the organisation itself has told (tests/api/test_registrations.py)."""
OF_ORGANISATIONS = [
    (method, route)
    for method, route in GUARDED
    if route_scopes()[route.name] in ("read", "command") and route.name not in ONES_OWN
]
"""Every route but those of the operator and of trusted connections, which refuse the scopes of an organisation."""
OF_OPERATOR = [(method, route) for method, route in GUARDED if route_scopes()[route.name] == "ops"]
TOKEN = re.compile(rb'"token":"[^"]*"')
VARY = {"clearance-as-of", "clearance-lag-seconds", "content-length", "etag"}


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    monkeypatch.setattr(gate_module, "CONFIRMED_SECONDS", 600)
    keys = {
        hash_of(SECRETS["acme"], SECRET): Key("1", "organisation", "acme", ("read", "command"), ISSUED),
        hash_of(SECRETS["rival"], SECRET): Key("2", "organisation", "rival", ("read", "command"), ISSUED),
        hash_of(SECRETS["ops"], SECRET): Key("3", "operator", "", ("ops",), ISSUED),
    }
    named = {"acme": ("connection:acme-broker",), "rival": ("connection:rival-broker",)}
    return Gate(Snapshot(1, keys, named), SECRET)


@pytest.fixture
def filled(system: System, client: Client) -> System:
    system.take(through("acme-broker", "held-then-released"))
    system.take(through("rival-broker", "rejected-and-left"))
    system.incident(incident_of(HELD))
    plan = {"json": {"vessel": "EVER GIVEN"}, "headers": {**shows("acme"), "Idempotency-Key": "plan-1"}}
    assert client.put(f"/v1/declarations/{HELD}/transport-plan", **plan).status_code == 200
    return system


def through(connection: str, recording: str) -> list[Arrival]:
    """A recording as it comes through a connection, whichever its sidecars name."""
    return [replace(one, organisation=connection) for one in read_recording(RECORDINGS / recording, connection)]


def shows(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {SECRETS[name]}"}


def ask(client: Client, name: str, method: str, route: APIRoute, of: dict[str, str]) -> httpx.Response:
    given: dict[str, Any] = BODIES.get(route.name, {})
    if route.name == "batch":
        given = {"json": {"numbers": [of["number"]]}}
    return client.request(method, route.path.format(**of), headers=shows(name), **given)


def bare(answer: httpx.Response, of: dict[str, str]) -> bytes:
    """The bytes without what was asked for, and without what is signed of it."""
    content = TOKEN.sub(b"", answer.content)
    for asked in sorted({*of.values(), of["number"].rpartition(":")[2]}, key=len, reverse=True):
        content = content.replace(asked.encode(), b"")
    return content


each_route: Callable[..., Any] = pytest.mark.parametrize(
    ("method", "route"), OF_ORGANISATIONS, ids=lambda one: getattr(one, "name", one)
)


@each_route
def test_what_is_anothers_answers_as_what_does_not_exist(
    filled: System, client: Client, method: str, route: APIRoute
) -> None:
    before = sum(map(len, filled.log))
    for number in NUMBERS:
        theirs = {**THEIRS, "number": number}
        nobodys = {**NOBODYS, "number": number.replace("0000003", "0000999")}
        refused, unknown = (ask(client, "rival", method, route, of) for of in (theirs, nobodys))
        assert refused.status_code == unknown.status_code
        assert bare(refused, theirs) == bare(unknown, nobodys)
        assert {*refused.headers} - VARY == {*unknown.headers} - VARY
        assert (refused.status_code == 404) is (route.name not in LISTS)
        assert HELD not in refused.text or refused.status_code == 404 or route.name == "batch"
    assert sum(map(len, filled.log)) == before


@each_route
def test_who_is_named_sees_what_ops_sees(filled: System, client: Client, method: str, route: APIRoute) -> None:
    """But of lists only what is theirs."""
    own, all_of_it = (ask(client, name, method, route, THEIRS) for name in ("acme", "ops"))
    assert own.status_code == all_of_it.status_code
    if route.name not in LISTS and method == "GET":
        assert own.content == all_of_it.content


@pytest.mark.parametrize(("method", "route"), OF_OPERATOR, ids=lambda one: getattr(one, "name", one))
def test_what_is_the_operators_refuses_organisations_alike(
    filled: System, client: Client, method: str, route: APIRoute
) -> None:
    before = sum(map(len, filled.log))
    for name in ("acme", "rival"):
        for of in (THEIRS, NOBODYS):
            answer = ask(client, name, method, route, {**of, "organisation": "rival"})
            assert (answer.status_code, told(answer)["scope"]) == (403, "ops")
    assert sum(map(len, filled.log)) == before


def test_lists_hold_what_is_theirs(filled: System, client: Client) -> None:
    for name in ("acme", "rival"):
        listed = client.get("/v1/declarations", headers=shows(name)).json()["declarations"]
        assert len(listed) == 1
        assert (listed[0]["id"] == HELD) is (name == "acme")
        found = client.get("/v1/anomalies?state=resolved&state=open&limit=100", headers=shows(name)).json()["anomalies"]
        assert {one["declaration"] for one in found} <= {listed[0]["id"]}
    assert len(client.get("/v1/declarations", headers=shows("ops")).json()["declarations"]) == 2


def test_an_etag_of_another_is_none(filled: System, client: Client) -> None:
    tag = client.get(f"/v1/declarations/{HELD}", headers=shows("acme")).headers["ETag"]
    asked = {"If-None-Match": tag}
    assert client.get(f"/v1/declarations/{HELD}", headers={**shows("acme"), **asked}).status_code == 304
    assert client.get(f"/v1/declarations/{HELD}", headers={**shows("rival"), **asked}).status_code == 404


def test_figures_of_fewer_than_five_are_not_told(filled: System, client: Client) -> None:
    assert client.get("/v1/clearance-times", headers=shows("acme")).json()["spans"] == []
    assert client.get("/v1/clearance-times", headers=shows("ops")).json()["spans"] != []


def test_a_batch_and_its_token_are_ones_own(filled: System, client: Client) -> None:
    def batch(name: str, since: str = "") -> dict[str, Any]:
        given = {"numbers": [*NUMBERS, NOBODYS["number"]], "since": since}
        return dict(client.post("/v1/declarations:batch", json=given, headers=shows(name)).json())

    own, others = batch("acme"), batch("rival")
    assert [one["status"] for one in own["answers"]] == [200, 200, 200, 200, 404]
    assert [one["status"] for one in others["answers"]] == [404] * 5
    assert batch("acme", own["token"])["unchanged"] == 5
    assert batch("rival", own["token"]) == others


def test_an_identifier_that_is_added_gives_sight_at_once(filled: System, client: Client, gate: Gate) -> None:
    both = {**gate.held.identifiers, "rival": ("connection:acme-broker", "connection:rival-broker")}
    gate.confirm(Snapshot(2, gate.held.keys, both))
    assert client.get(f"/v1/declarations/{HELD}", headers=shows("rival")).status_code == 200


def test_an_identifier_that_is_taken_away_takes_sight_away(filled: System, client: Client, gate: Gate) -> None:
    gate.confirm(Snapshot(2, gate.held.keys, {}))
    assert client.get(f"/v1/declarations/{HELD}", headers=shows("acme")).status_code == 404


def test_a_strangers_question_takes_as_many_statements_as_one_of_nobody(filled: System, client: Client) -> None:
    """So that neither is told from the other by its time."""
    asked: list[str] = []
    event.listen(filled.store, "before_cursor_execute", lambda *given: asked.append(given[2]))
    counts = []
    for number in ("E20260004010000003", "E20260004010000999"):
        asked.clear()
        assert client.get(f"/v1/declarations/{number}", headers=shows("rival")).status_code == 404
        counts.append(list(asked))
    assert counts[0] == counts[1]


def test_a_command_that_is_pending_is_its_givers(filled: System, client: Client) -> None:
    """The same id of two organisations is two commands, and neither is told of the other's."""
    filled.decides = False
    lists = {name: client.get("/v1/declarations", headers=shows(name)).json() for name in ("acme", "rival")}
    theirs = {name: listed["declarations"][0]["id"] for name, listed in lists.items()}
    assert theirs["acme"] == HELD != theirs["rival"]
    for name, number in theirs.items():
        given = {"json": {"vessel": name}, "headers": {**shows(name), "Idempotency-Key": "same"}}
        assert client.put(f"/v1/declarations/{number}/transport-plan", **given).status_code == 202
    for name, number in theirs.items():
        assert client.get("/v1/commands/same", headers=shows(name)).json()["declaration"] == number


def test_the_feed_tells_what_is_theirs(filled: System, client: Client) -> None:
    def told_to(name: str, begin: str) -> list[dict[str, Any]]:
        page = client.get(f"/v1/changes?{begin}", headers=shows(name)).json()
        return [page, *(told_to(name, f"cursor={page['cursor']}") if page["more"] else [])]

    for name in ("acme", "rival"):
        pages = told_to(name, "from=start")
        told_of = {one["declaration"] for page in pages for one in page["changes"]}
        assert len(told_of) == 1
        assert (HELD in told_of) is (name == "acme")
        other = "rival" if name == "acme" else "acme"
        assert client.get(f"/v1/changes?cursor={pages[-1]['cursor']}", headers=shows(other)).status_code == 422


def test_what_is_gained_is_told_whole_and_what_is_lost_as_gone(filled: System, client: Client, gate: Gate) -> None:
    def next_of(cursor: str) -> tuple[list[tuple[str, str]], str]:
        page = client.get(f"/v1/changes?cursor={cursor}", headers=shows("rival")).json()
        changes = page["changes"]
        while page["more"]:
            page = client.get(f"/v1/changes?cursor={page['cursor']}", headers=shows("rival")).json()
            changes += page["changes"]
        return [(one["kind"]["code"], one["declaration"]) for one in changes], page["cursor"]

    own, keys = gate.held.identifiers, gate.held.keys
    cursor = client.get("/v1/changes", headers=shows("rival")).json()["cursor"]
    gate.confirm(Snapshot(2, keys, {**own, "rival": ("connection:acme-broker", "connection:rival-broker")}))
    told, cursor = next_of(cursor)
    assert told == [("seen", HELD)]
    gate.confirm(Snapshot(3, keys, own))
    told, cursor = next_of(cursor)
    assert told == [("gone", HELD)]
    assert next_of(cursor)[0] == []


@pytest.mark.parametrize("giver", ["acme", "ops"])
def test_a_command_is_told_to_its_giver_and_to_ops_only(filled: System, client: Client, gate: Gate, giver: str) -> None:
    """Also among those who see the declaration."""
    both = ("connection:acme-broker", "connection:rival-broker")
    gate.confirm(Snapshot(2, gate.held.keys, {"acme": both, "rival": both}))
    cursors = {name: client.get("/v1/changes", headers=shows(name)).json()["cursor"] for name in HOLDERS}
    plan = {"json": {"vessel": "OTHER"}, "headers": {**shows(giver), "Idempotency-Key": "plan-2"}}
    assert client.put(f"/v1/declarations/{HELD}/transport-plan", **plan).status_code == 200
    for name in HOLDERS:
        told = name in (giver, "ops")
        assert (client.get("/v1/commands/plan-2", headers=shows(name)).status_code == 200) is told
        changes = client.get("/v1/changes", params={"cursor": cursors[name]}, headers=shows(name)).json()["changes"]
        assert len(changes) == 2
        assert ("plan-2" in {one["command"] for one in changes}) is told


def test_whom_a_later_message_names_no_more_is_told_that_it_is_gone(system: System, client: Client, gate: Gate) -> None:
    """Trader and agent see it by their codes; the next version names another trader, and the first one again."""
    (sent,) = through("acme-broker", "declaration-of-goods-for-export")
    number, first, second = "cn:unified:E20260004010000151", b"91330108MA2ABCD0XM", b"91330108MA2ABCD0YN"
    codes = {"acme": (f"uscc:{first.decode()}",), "rival": (f"uscc:{second.decode()}",)}
    gate.confirm(Snapshot(2, gate.held.keys, codes))
    cursors = {name: client.get("/v1/changes", headers=shows(name)).json()["cursor"] for name in codes}

    def told_when(code: bytes, hours: int) -> dict[str, list[tuple[str, str]]]:
        body = sent.data.replace(first, code).replace(b"SC-2026-0141", b"SC-2026-%04d" % hours)
        system.take([replace(sent, at=sent.at + timedelta(hours=hours), data=body)])
        told = {}
        for name, cursor in cursors.items():
            page = client.get(f"/v1/changes?cursor={cursor}", headers=shows(name)).json()
            cursors[name] = page["cursor"]
            changes = [(one["kind"]["code"], one["declaration"]) for one in page["changes"]]
            told[name] = [(kind, of) for kind, of in changes if kind != "merged"]
            sees = client.get(f"/v1/declarations/{number}", headers=shows(name)).status_code == 200
            assert sees == (codes[name] == (f"uscc:{code.decode()}",))
        return told

    assert told_when(first, 0) == {"acme": [("seen", number)], "rival": []}
    assert told_when(second, 1) == {"acme": [("gone", number)], "rival": [("seen", number)]}
    assert told_when(second, 2)["acme"] == []
    assert told_when(first, 3) == {"acme": [("seen", number)], "rival": [("gone", number)]}


def test_registering_is_no_way_in(filled: System, client: Client) -> None:
    """Whoever guesses a number may register it: that makes nobody a party."""
    statement = Statement("reg-1", "register", utc_now(), "rival-broker", {})
    asyncio.run(filled.append(input_record(HELD, Command(at=statement.issued_at, statement=statement))))
    assert client.get(f"/v1/declarations/{HELD}", headers=shows("rival")).status_code == 404
    assert client.get(f"/v1/declarations/{HELD}", headers=shows("acme")).status_code == 200


def test_a_message_that_speaks_of_others_is_listed_and_not_given(system: System, client: Client) -> None:
    """Here acme is made a party of one of two declarations by hand, since no recording names one of several firms."""
    system.take(through("acme-broker", "uk-two-declarations-in-one-notification"))
    first, second = client.get("/v1/declarations", headers=shows("acme")).json()["declarations"]
    address = next(
        one["links"]["self"]
        for one in client.get(first["links"]["messages"], headers=shows("acme")).json()["messages"]
        if one["shared"]
    )
    assert client.get(address, headers=shows("acme")).status_code == 200
    with system.store.begin() as connection:
        connection.execute(parties.delete().where(parties.c.declaration == second["id"]))
    answer = client.get(address, headers=shows("acme"))
    assert (answer.status_code, told(answer)["type"].rpartition("/")[2]) == (403, "message-of-others")
    assert second["id"] not in answer.text
    assert client.get(address, headers=shows("ops")).status_code == 200
