"""Registrations: what an organisation says of a declaration before customs does, and that it is no way in."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from tests.api.client import Client
from tests.api.system import System
from tests.api.test_admission import gate, shows
from tests.api.test_problems import told
from tests.helpers.stores import opened_access

from clearance.access import registrations
from clearance.api import batch_lookup
from clearance.api.registered import registrable
from clearance.events.values.times import rfc3339
from clearance.settings.clock import utc_now

HELD, NOBODYS = "cn:unified:E20260004010000003", "cn:unified:E20260004010000999"
SAYS: dict[str, Any] = {
    "references": ["PO-4711"],
    "labels": ["spring", "spring"],
    "parties": {"trade": {"scc": "91350100M000100Y43", "name": "Acme"}},
}
__all__ = ["gate"]


@pytest.fixture(autouse=True)
def access(app: FastAPI, store: Engine) -> Iterator[Engine]:
    with opened_access(store.url.render_as_string(hide_password=False)) as engine:
        app.state.access = engine
        yield engine


def register(client: Client, number: str = NOBODYS, key: str = "commands", **says: Any) -> httpx.Response:
    return client.put(f"/v1/declarations/{number}", json=says, headers=shows(key))


def ask(client: Client, path: str, key: str = "commands", **given: Any) -> httpx.Response:
    return client.get(path, headers=shows(key) | given.pop("headers", {}), **given)


def plan(client: Client, number: str) -> httpx.Response:
    return state(client, number, vessel="X")


def state(client: Client, number: str = NOBODYS, **says: Any) -> httpx.Response:
    headers = shows("commands") | {key: says.pop(key) for key in ("Idempotency-Key", "If-Match") if key in says}
    return client.put(f"/v1/declarations/{number}/transport-plan", json=says, headers=headers)


def withdraw(client: Client, number: str) -> httpx.Response:
    return client.request("DELETE", f"/v1/declarations/{number}/registration", headers=shows("commands"))


def test_what_is_registered_is_kept_and_told(client: Client) -> None:
    answer = register(client, **SAYS)
    assert answer.status_code == 201
    body = answer.json()
    assert (body["declaration"], body["references"], body["labels"]) == (NOBODYS, ["PO-4711"], ["spring"])
    assert body["parties"] == {"trade": {"scc": "91350100M000100Y43", "name": "Acme"}}
    assert ask(client, body["links"]["self"]).json() == body


def test_an_answer_to_a_registration_holds_nothing_of_the_store_and_has_no_age(client: Client) -> None:
    answers = register(client, **SAYS), withdraw(client, NOBODYS)
    assert [answer.status_code for answer in answers] == [201, 204]
    assert not any(name.startswith("clearance-") for answer in answers for name in answer.headers)


def test_to_register_again_replaces_it_and_keeps_when_it_was_first(client: Client) -> None:
    first = register(client, **SAYS).json()
    again = register(client, labels=["autumn"])
    assert again.status_code == 200
    assert (again.json()["references"], again.json()["labels"]) == ([], ["autumn"])
    assert again.json()["registered_at"] == first["registered_at"]


def test_it_waits_for_its_first_message_and_is_shown_as_that(client: Client, system: System) -> None:
    register(client, **SAYS)
    shown = ask(client, f"/v1/declarations/{NOBODYS}")
    assert shown.status_code == 200
    body = shown.json()
    assert (body["id"], body["status"]["code"], body["anomalies"]) == (NOBODYS, "awaiting_first_message", [])
    assert body["parties"]["trade"]["scc"] == "91350100M000100Y43"
    assert [(one["kind"]["code"], one["value"]) for one in body["numbers"]] == [("unified", "E20260004010000999")]
    assert "Clearance-As-Of" in shown.headers
    assert not any(one.head["kind"] != "clock" for records in system.log for one in records)


def test_a01_counts_from_when_it_was_filed(client: Client) -> None:
    now = utc_now()
    register(client, filed_at=rfc3339(now - timedelta(minutes=9)))
    before = ask(client, f"/v1/declarations/{NOBODYS}")
    register(client, filed_at=rfc3339(now - timedelta(minutes=11)))
    overdue = ask(client, f"/v1/declarations/{NOBODYS}")
    assert before.json()["anomalies"] == []
    [anomaly] = overdue.json()["anomalies"]
    assert (anomaly["rule"]["code"], anomaly["state"]["code"]) == ("A01", "open")
    assert anomaly["text"].endswith("send it again only if not, or it is declared twice.")
    assert [one["code"] for one in anomaly["addressees"]] == ["declarant"]
    assert before.headers["ETag"] != overdue.headers["ETag"]


def test_overdue_it_has_the_same_bytes_each_time(client: Client) -> None:
    register(client, filed_at=rfc3339(utc_now() - timedelta(minutes=11)))
    first, again = (ask(client, f"/v1/declarations/{NOBODYS}") for _ in range(2))
    assert (first.headers["ETag"], first.content) == (again.headers["ETag"], again.content)
    [anomaly] = first.json()["anomalies"]
    assert anomaly["history"][0]["at"] == anomaly["opened_at"]


def test_its_etag_holds_until_it_is_changed(client: Client) -> None:
    register(client, filed_at=rfc3339(utc_now()))
    tag = ask(client, f"/v1/declarations/{NOBODYS}").headers["ETag"]
    assert ask(client, f"/v1/declarations/{NOBODYS}", headers={"If-None-Match": tag}).status_code == 304


def test_registering_is_no_way_in(client: Client, system: System) -> None:
    """Whether others hold a number is not told: what is answered of it is the same to the byte, but for the number."""
    system.play("held-then-released")
    log = sum(map(len, system.log))
    filed = rfc3339(utc_now() - timedelta(minutes=20))
    steps: tuple[Callable[[str], httpx.Response], ...] = (
        lambda one: register(client, one, filed_at=filed, **SAYS),
        lambda one: ask(client, f"/v1/declarations/{one}"),
        lambda one: ask(client, f"/v1/declarations/{one}/timeline"),
        lambda one: ask(client, f"/v1/declarations/{one}/messages"),
        lambda one: ask(client, f"/v1/declarations/{one}/explanation"),
        lambda one: ask(client, f"/v1/declarations/{one}/registration"),
        lambda one: plan(client, one),
        lambda one: ask(client, f"/v1/declarations/{one}/transport-plan"),
        lambda one: ask(client, f"/v1/declarations/{one}"),
        lambda one: withdraw(client, one),
        lambda one: plan(client, one),
        lambda one: ask(client, f"/v1/declarations/{one}"),
    )
    for step in steps:
        theirs, nobodys = step(HELD), step(NOBODYS)
        assert theirs.status_code == nobodys.status_code
        assert without_times(theirs.text, HELD) == without_times(nobodys.text, NOBODYS)
    assert sum(map(len, system.log)) == log
    before = ask(client, f"/v1/declarations/{HELD}", "ops")
    assert (before.status_code, before.json()["status"]["code"]) == (200, "released")


def without_times(text: str, number: str) -> str:
    text = text.replace(number, "").replace(number.rpartition(":")[2], "")
    text = re.sub(r'"id":"[0-9a-f]{24}"|/v1/anomalies/[0-9a-f]{24}', "", text)
    text = re.sub(r'"command_id":"[0-9a-f]{32}"|/v1/commands/[0-9a-f]{32}', "", text)
    return re.sub(r'"(registered|changed)_at":"[^"]*"', "", text)


def test_nobody_else_sees_it(client: Client) -> None:
    register(client, **SAYS)
    assert ask(client, f"/v1/declarations/{NOBODYS}", "ops").status_code == 404
    assert ask(client, f"/v1/declarations/{NOBODYS}/registration", "ops").status_code == 404
    assert ask(client, "/v1/registrations", "ops").json()["registrations"] == []


def test_two_firms_register_one_number_and_each_sees_its_own(access: Engine, client: Client) -> None:
    other = registrations.Registration(
        organisation="other", declaration=NOBODYS, filed_at=utc_now(), registered_at=utc_now(), changed_at=utc_now()
    )
    assert registrations.register(access, [other], most=1) == ["new"]
    assert register(client, **SAYS).status_code == 201
    assert ask(client, f"/v1/declarations/{NOBODYS}/registration").json()["references"] == ["PO-4711"]
    assert withdraw(client, NOBODYS).status_code == 204
    assert registrations.the_one(access, "other", NOBODYS) == other


def test_what_is_withdrawn_is_gone(client: Client) -> None:
    register(client, **SAYS)
    assert withdraw(client, NOBODYS).status_code == 204
    assert ask(client, f"/v1/declarations/{NOBODYS}/registration").status_code == 404
    assert ask(client, f"/v1/declarations/{NOBODYS}").status_code == 404
    assert withdraw(client, NOBODYS).status_code == 404
    assert ask(client, "/v1/registrations?label=spring").json()["registrations"] == []


def test_own_references_and_labels_find_them(client: Client) -> None:
    for number in range(3):
        says: dict[str, Any] = {"references": [f"PO-{number}"], "labels": ["a", f"b{number % 2}"]}
        register(client, f"unified:E2026000401000010{number}", **says)
    assert found(client, "reference=PO-1") == ["E20260004010000101"]
    assert found(client, "label=b0") == ["E20260004010000100", "E20260004010000102"]
    assert found(client, "label=b0&reference=PO-1") == []
    page = ask(client, "/v1/registrations?label=a&limit=2").json()
    assert len(page["registrations"]) == 2
    rest = ask(client, page["next"]).json()
    assert (len(rest["registrations"]), rest["next"]) == (1, None)


def found(client: Client, wanted: str) -> list[str]:
    rows = ask(client, f"/v1/registrations?{wanted}").json()["registrations"]
    return [one["declaration"].rpartition(":")[2] for one in rows]


def test_what_customs_says_goes_before_what_was_registered(client: Client, system: System) -> None:
    """Without keys whoever asks sees everything, and registers too."""
    client.app.state.gate = None
    assert client.put(f"/v1/declarations/{HELD}", json=SAYS).status_code == 201
    registered = client.get(f"/v1/declarations/{HELD}")
    assert registered.json()["status"]["code"] == "awaiting_first_message"
    system.play("held-then-released")
    for held in ({}, {"If-None-Match": registered.headers["ETag"]}):
        assert client.get(f"/v1/declarations/{HELD}", headers=held).json()["status"]["code"] == "released"
    assert client.get(f"/v1/declarations/{HELD}/registration").json()["references"] == ["PO-4711"]


@pytest.mark.parametrize(
    ("number", "ids"),
    [
        ("E20260004010000999", [NOBODYS]),
        (" e20260004010000999 ", [NOBODYS]),
        (NOBODYS, [NOBODYS]),
        ("290120260650000999", ["cn:entry:290120260650000999"]),
        ("mrn:26GB1", ["uk:mrn:26GB1"]),
        ("COSU6012345678", []),
        ("bill:COSU6012345678", []),
        ("unified:E2026", []),
    ],
)
def test_a_number_is_placed_by_its_form(number: str, ids: list[str]) -> None:
    assert registrable(number) == ids


def test_a_number_that_cannot_be_placed_is_not_registered(client: Client) -> None:
    answer = register(client, "COSU6012345678")
    assert (answer.status_code, told(answer)["type"].rpartition("/")[2]) == (422, "number-unclear")


@pytest.mark.parametrize(
    "says",
    [
        {"unheard_of": 1},
        {"filed_at": "2026-03-02T01:00:00"},
        {"labels": ["x" * 81]},
        {"labels": [""]},
        {"references": [str(n) for n in range(21)]},
        {"parties": {"king": {}}},
    ],
)
def test_what_cannot_be_said_names_the_field(client: Client, says: dict[str, Any]) -> None:
    answer = register(client, **says)
    assert (answer.status_code, told(answer)["errors"][0]["name"].partition(".")[0]) == (422, *says)


def test_who_may_only_read_registers_nothing(client: Client) -> None:
    assert register(client, key="reads").status_code == 403


def test_a_plan_of_what_is_only_registered_stays_with_the_registration(client: Client, system: System) -> None:
    register(client, filed_at=rfc3339(utc_now()))
    before = ask(client, f"/v1/declarations/{NOBODYS}")
    stated = state(client, vessel="EVER GIVEN", cut_off_at="2040-03-02T01:00:00Z")
    assert (stated.status_code, stated.json()["outcome"]["code"]) == (200, "accepted")
    shown = ask(client, f"/v1/declarations/{NOBODYS}")
    assert shown.json()["transport_plan"]["vessel"] == "EVER GIVEN"
    assert shown.headers["ETag"] != before.headers["ETag"]
    assert ask(client, f"/v1/declarations/{NOBODYS}/transport-plan").json()["cut_off_at"] == "2040-03-02T01:00:00Z"
    assert ask(client, stated.json()["links"]["self"]).json() == stated.json()
    assert ask(client, stated.json()["links"]["self"], "ops").status_code == 404
    assert not any(one.head["kind"] != "clock" for records in system.log for one in records)


def test_to_register_again_keeps_the_plan_and_to_withdraw_forgets_it(client: Client) -> None:
    register(client)
    command = state(client, vessel="EVER GIVEN").json()["links"]["self"]
    register(client, labels=["a"])
    assert ask(client, f"/v1/declarations/{NOBODYS}/transport-plan").json()["vessel"] == "EVER GIVEN"
    withdraw(client, NOBODYS)
    assert ask(client, command).status_code == 404
    assert state(client, vessel="EVER GIVEN").status_code == 404


def test_the_same_command_again_is_the_same_and_another_one_is_refused(client: Client) -> None:
    register(client)
    first, again = (state(client, vessel="A", **{"Idempotency-Key": "plan-1"}) for _ in range(2))
    assert first.json() == again.json()
    other = state(client, vessel="B", **{"Idempotency-Key": "plan-1"})
    assert (other.status_code, told(other)["type"].rpartition("/")[2]) == (409, "command-id-reused")
    stale = state(client, vessel="B", **{"If-Match": '"0"'})
    assert stale.status_code == 412
    assert state(client, vessel="B", **{"If-Match": stale.headers["ETag"]}).status_code == 200


def test_a_declaration_is_found_by_an_own_reference(client: Client) -> None:
    register(client, references=["PO-1", "PO:2/3"], filed_at=rfc3339(utc_now()))
    shown = ask(client, "/v1/declarations/reference:PO-1")
    assert (shown.status_code, shown.json()["id"]) == (200, NOBODYS)
    assert ask(client, "/v1/declarations/reference:PO:2~13").json()["id"] == NOBODYS
    assert ask(client, "/v1/declarations/reference:PO-1", "ops").status_code == 404
    assert ask(client, "/v1/declarations/reference:PO-9").status_code == 404
    register(client, "E20260004010000998", references=["PO-1"])
    several = ask(client, "/v1/declarations/reference:PO-1")
    assert several.status_code == 300
    assert [one["id"][-3:] for one in told(several)["declarations"]] == ["998", "999"]


def test_the_feed_is_narrowed_by_own_references_and_labels(client: Client, system: System) -> None:
    """The label is given to another number of it. Taken away it is told as little as what never bore it."""
    client.app.state.gate = None
    system.play("held-then-released", "rejected-and-left")
    client.put("/v1/declarations/290120260650000003", json=SAYS)

    def told_of(begin: str) -> tuple[set[str], bool, str]:
        page = client.get(f"/v1/changes?{begin}&limit=100").json()
        told = {one["declaration"] for one in page["changes"]}
        if not page["more"]:
            return told, page["complete"], page["cursor"]
        later, complete, cursor = told_of(f"cursor={page['cursor']}&{begin.partition('&')[2]}")
        return told | later, complete, cursor

    for wanted in ("reference=PO-4711", "label=spring", "label=spring&status=released"):
        told, complete, cursor = told_of(f"from=start&{wanted}")
        assert (told, complete) == ({HELD}, False)
    assert told_of("from=start&label=summer")[0] == told_of("from=start&label=spring&status=rejected")[0] == set()
    client.put(f"/v1/declarations/{HELD}/transport-plan", json={"vessel": "A"})
    assert told_of(f"cursor={cursor}&label=spring")[0] == {HELD}
    assert told_of(f"cursor={cursor}&label=summer")[0] == set()
    client.request("DELETE", "/v1/declarations/290120260650000003/registration")
    assert told_of(f"cursor={cursor}&label=spring")[0] == set()


def test_lists_are_narrowed_by_own_references_and_labels(client: Client, system: System) -> None:
    """Without keys whoever asks sees everything, and registers too."""
    client.app.state.gate = None
    system.play("held-then-released")
    system.play("rejected-and-left")
    client.put("/v1/declarations/290120260650000003", json=SAYS)  # by its entry number
    client.put(f"/v1/declarations/{NOBODYS}", json=SAYS)
    for wanted in (
        "reference=PO-4711",
        "label=spring",
        "label=spring&status=released",
        "label=spring&in_progress=true",
    ):
        assert [one["id"] for one in client.get(f"/v1/declarations?{wanted}").json()["declarations"]] == [HELD]
    for wanted in ("reference=PO-4712", "label=", "label=spring&status=rejected"):
        assert client.get(f"/v1/declarations?{wanted}").json()["declarations"] == []
    assert client.get("/v1/declarations/reference:PO-4711").status_code == 300
    client.request("DELETE", f"/v1/declarations/{NOBODYS}/registration")
    assert client.get("/v1/declarations/reference:PO-4711").json()["status"]["code"] == "released"


def test_who_has_not_been_named_lists_nothing_by_a_label(client: Client, system: System) -> None:
    system.play("held-then-released")
    register(client, HELD, **SAYS)
    assert ask(client, "/v1/declarations?label=spring").json()["declarations"] == []


def test_the_list_tells_which_wait_for_their_first_message(
    client: Client, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without keys whoever asks sees everything, and registers too."""
    client.app.state.gate = None
    monkeypatch.setattr(batch_lookup, "AT_ONCE", 2)
    system.play("held-then-released")
    for number in (HELD, *(f"cn:unified:E2026000401000099{n}" for n in range(4))):
        client.put(f"/v1/declarations/{number}", json=SAYS)
    rows = client.get("/v1/registrations?label=spring").json()["registrations"]
    assert [one["status"]["code"] for one in rows] == ["released", *["awaiting_first_message"] * 4]
    waiting, address = [], "/v1/registrations?awaiting=true&limit=3"
    while address:
        page = client.get(address).json()
        waiting += [one["declaration"][-3:] for one in page["registrations"]]
        address = page["next"]
    assert waiting == ["990", "991", "992", "993"]


def test_a_list_of_those_that_wait_tells_nothing_of_what_others_hold(client: Client, system: System) -> None:
    system.play("held-then-released")
    for number in (HELD, NOBODYS):
        register(client, number, filed_at="2026-03-02T01:00:00Z")
    listed = ask(client, "/v1/registrations?awaiting=true").json()["registrations"]
    theirs, nobodys = (without_times(json.dumps(one, separators=(",", ":")), one["declaration"]) for one in listed)
    assert theirs == nobodys


def test_whatever_it_links_to_answers(client: Client) -> None:
    register(client, **SAYS)
    links = ask(client, f"/v1/declarations/{NOBODYS}").json()["links"]
    told = {name: ask(client, address) for name, address in links.items()}
    assert {name: one.status_code for name, one in told.items()} == dict.fromkeys(links, 200)
    assert told["timeline"].json()["entries"] == told["messages"].json()["messages"] == []
    explained = told["explanation"].json()
    assert (explained["status"]["code"], explained["decided_by"]) == ("awaiting_first_message", None)
    assert explained["next_step"]
    assert {ask(client, one, "ops").status_code for one in links.values()} == {404}
