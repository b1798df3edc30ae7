"""Every way in that a stranger may try: each is answered as for a number that nobody has, by the same statements."""

import asyncio
import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from msgspec.structs import replace
from sqlalchemy import Engine, event
from tests.api.client import Client
from tests.api.system import System
from tests.api.test_admission import BODIES, GUARDED
from tests.api.test_changes import asked, events_of
from tests.api.test_isolation import HELD, NOBODYS, OF_ORGANISATIONS, ONES_OWN, THEIRS, filled, gate, shows, through
from tests.api.test_polled import caught_up, nobody_asked, run
from tests.api.test_registrations import access
from tests.helpers.arrivals import receipt
from tests.helpers.conditions import until

__all__ = ["access", "filled", "gate"]

HELD_ENDS, NOBODYS_ENDS = HELD[-7:], NOBODYS["number"][-7:]
UNIFIED, ENTRY = HELD.rpartition(":")[2], "290120260650000003"
SPELLINGS = (
    HELD.lower(),
    UNIFIED,
    UNIFIED.lower(),
    f"%20{UNIFIED}%20",
    f"unified:{UNIFIED}",
    HELD.replace(":", "%3A"),
    ENTRY,
    f"cn:entry:{ENTRY}",
    UNIFIED.replace(HELD_ENDS, "".join(chr(ord(one) + 0xFEE0) for one in HELD_ENDS)),
)
"""Ways to write the number; the last has full-width digits."""
MOMENT = "2026-03-02T12:00:00Z"
QUERIES = ("", f"?as_of={MOMENT}", f"?known_at={MOMENT}", "?format=csv", "?format=xlsx", "?cursor=x")
HEADERS: tuple[dict[str, str], ...] = (
    {"If-None-Match": "TAG"},
    {"If-None-Match": "W/TAG"},
    {"If-None-Match": "*"},
    {"If-None-Match": "TAG", "Prefer": "wait=30"},
    {"If-Match": "TAG"},
    {"Idempotency-Key": "plan-1"},
    {"Accept-Encoding": "gzip"},
    {"Accept-Language": "zh"},
    {"Accept": "text/event-stream"},
    {"X-Unknown": "1"},
)
TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
COMMAND = re.compile(r"[0-9a-f]{32}|plan-\d-\d")
RIVALS = [(method, route) for method, route in GUARDED if (method, route) in OF_ORGANISATIONS or route.name in ONES_OWN]
OF_A_NUMBER = [(method, route) for method, route in RIVALS if "{" in route.path and route.name != "withdraw"]
"""Routes whose address says whose declaration is meant; what only lists is below."""
LISTS = ("declarations", "anomalies?state=any", "registrations", "changes?from=start")
Way = tuple[str, dict[str, str]]


def ways(client: Client) -> list[Way]:
    """What is added to an address, and which headers are sent."""
    tag = client.get(f"/v1/declarations/{HELD}", headers=shows("acme")).headers["ETag"]
    sent = [{name: value.replace("TAG", tag) for name, value in one.items()} for one in HEADERS]
    return [*((query, {}) for query in QUERIES), *(("", headers) for headers in sent)]


def addresses(route: APIRoute) -> Iterator[tuple[str, str]]:
    """Of what is acme's, and of the like that nobody has; with a number, in every spelling."""
    yield route.path.format(**THEIRS), route.path.format(**NOBODYS)
    for number in SPELLINGS if "{number}" in route.path else ():
        unknown = number.replace(HELD_ENDS, NOBODYS_ENDS).replace("０００００３", "０００９９９")
        assert unknown != number
        yield route.path.format(**{**THEIRS, "number": number}), route.path.format(**{**NOBODYS, "number": unknown})


@contextmanager
def statements(store: Engine) -> Iterator[list[str]]:
    """What the store is asked meanwhile."""
    told: list[str] = []

    def tell(*given: Any) -> None:
        told.append(given[2])

    event.listen(store, "before_cursor_execute", tell)
    yield told
    event.remove(store, "before_cursor_execute", tell)


def plain(answer: httpx.Response) -> tuple[int, str, list[str]]:
    """An answer without the names that were asked for, without times and ids of commands."""
    text = answer.text
    for theirs, nobodys in zip(THEIRS.values(), NOBODYS.values(), strict=True):
        text = text.replace(theirs, nobodys)
    text = text.replace(HELD_ENDS, NOBODYS_ENDS).replace("０００００３", "０００９９９")
    return answer.status_code, COMMAND.sub("", TIME.sub("", text)), sorted({*answer.headers} - {"etag"})


def compare(system: System, client: Client, method: str, pair: tuple[str, str], way: Way, given: Any) -> int:
    """Ask for both as the rival; the status of both."""
    query, headers = way
    told = []
    for nth, address in enumerate(pair):
        sent = {**shows("rival"), **headers}
        if key := headers.get("Idempotency-Key"):
            sent["Idempotency-Key"] = f"{key}-{nth}"
        with statements(system.store) as asked_store:
            answer = client.request(method, address + query, headers=sent, **given)
        told.append((plain(answer), asked_store))
    assert told[0] == told[1], (method, pair[0] + query, headers)
    return told[0][0][0]


@pytest.mark.parametrize("registered", [False, True], ids=["", "registered"])
def test_no_way_in_tells_a_strangers_declaration_from_none(system: System, client: Client, registered: bool) -> None:
    """Nor does it to who has registered the number before its first message came."""
    for number in (HELD, NOBODYS["number"]) if registered else ():
        assert client.put(f"/v1/declarations/{number}", json={}, headers=shows("rival")).status_code == 201
    system.take(through("acme-broker", "held-then-released"))
    system.take(through("rival-broker", "rejected-and-left"))
    every, seen = ways(client), set()
    for method, route in OF_A_NUMBER:
        if route.name == "register" and not registered:
            continue  # it would make a registration
        for nth, pair in enumerate(addresses(route)):
            for way in every[:1] if nth else every if method == "GET" else every[len(QUERIES) :]:
                seen.add(compare(system, client, method, pair, way, BODIES.get(route.name, {})))
    assert seen >= {404, 422}
    assert (200 in seen) is registered
    state = client.get(f"/v1/declarations/{HELD}", headers=shows("acme")).json()
    assert state["status"]["code"] == "released"


def content(answer: httpx.Response) -> str:
    """The text of an answer, out of its workbook if it is one."""
    if not answer.content.startswith(b"PK"):
        return answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        return book.read("xl/worksheets/sheet1.xml").decode()


@pytest.mark.parametrize("path", LISTS)
def test_no_form_of_a_list_holds_what_is_anothers(filled: System, client: Client, path: str) -> None:
    forms = ("", "format=csv", "format=xlsx", "limit=1", "updated_since=2026-01-01T00:00:00Z", "office=2901")
    for form in forms:
        for headers in ({}, {"Accept-Encoding": "gzip"}):
            address = f"/v1/{path}{'&' if '?' in path else '?'}{form}"
            answer = client.get(address, headers={**shows("rival"), **headers})
            text = content(answer)
            assert answer.status_code == 200 or answer.status_code == 422
            assert not any(one in text for one in (UNIFIED, ENTRY, THEIRS["anomaly"], THEIRS["message_id"])), address


@pytest.mark.parametrize("path", ["declarations?limit=1", "anomalies?state=any&limit=1", "changes?from=start&limit=1"])
def test_a_cursor_of_another_is_answered_as_a_bent_one(filled: System, client: Client, path: str) -> None:
    filled.take(through("acme-broker", "suspended-and-waiting"))
    page = client.get(f"/v1/{path}", headers=shows("acme")).json()
    cursor = page["cursor"] if "cursor" in page else page["next"].rpartition("cursor=")[2]
    name = path.partition("?")[0]
    answers = [
        client.get(f"/v1/{name}?cursor={one}", headers=shows("rival")) for one in (cursor, cursor[:-3] + "AAA", "x")
    ]
    assert {one.status_code for one in answers} == {422}
    assert len({one.text for one in answers}) == 1
    assert client.get(f"/v1/{name}?cursor={cursor}", headers=shows("acme")).status_code == 200


def test_a_kept_answer_is_its_viewers(filled: System, app: FastAPI) -> None:
    path, unknown = f"/v1/declarations/{HELD}", f"/v1/declarations/{NOBODYS['number']}"

    async def ask(get: Any) -> None:
        await caught_up(app, filled)
        tag = (await get(path, headers=shows("acme"))).headers["ETag"]
        with nobody_asked():
            assert (await get(path, headers=shows("acme"))).status_code == 200
            held = await get(path, headers={**shows("acme"), "If-None-Match": tag})
        assert held.status_code == 304
        for headers in ({}, {"If-None-Match": tag}, {"If-None-Match": "*"}, {"Accept-Encoding": "gzip"}):
            theirs, nobodys = [await get(one, headers={**shows("rival"), **headers}) for one in (path, unknown)]
            assert theirs.status_code == 404
            assert plain(theirs) == plain(nobodys)

    run(app, ask)


def test_who_waits_is_not_woken_by_what_is_anothers(filled: System, app: FastAPI, client: Client) -> None:
    own = client.get("/v1/declarations", headers=shows("rival")).json()["declarations"][0]["links"]["self"]
    tag = client.get(own, headers=shows("rival")).headers["ETag"]
    cursor, of_acme = [client.get("/v1/changes", headers=shows(one)).json()["cursor"] for one in ("rival", "acme")]

    async def wait() -> list[httpx.Response]:
        async with app.state.tail.running():
            waits = {**shows("rival"), "Prefer": "wait=2"}
            waiting = [
                asyncio.create_task(asked(app, f"/v1/changes?cursor={cursor}", **waits)),
                asyncio.create_task(asked(app, own, **waits, **{"If-None-Match": tag})),
                asyncio.create_task(asked(app, f"/v1/changes?cursor={of_acme}", **shows("acme"), Prefer="wait=20")),
            ]
            await until(lambda: len(app.state.waiters) == 3, "all wait")
            await asyncio.to_thread(filled.take, through_acme())
            answers: list[httpx.Response] = await asyncio.gather(*waiting)
            return answers

    told, still, to_acme = asyncio.run(wait())
    assert {one["declaration"] for one in to_acme.json()["changes"]} == {HELD}
    assert (told.status_code, told.json()["changes"], told.json()["declarations"]) == (200, [], [])
    assert still.status_code == 304


def test_a_stream_tells_nothing_of_what_is_anothers(
    filled: System, app: FastAPI, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clearance.api.event_stream.HEARTBEAT_SECONDS", 0.3)
    cursor = client.get("/v1/changes", headers=shows("rival")).json()["cursor"]

    async def follow() -> list[dict[str, Any]]:
        async with app.state.tail.running():
            more = lambda: filled.take(through_acme())  # noqa: E731
            return await events_of(app, f"/v1/changes?cursor={cursor}", 3, more, **shows("rival"))

    assert {(one["event"], one["data"]) for one in asyncio.run(follow())} == {("heartbeat", "{}")}


def through_acme() -> list[Any]:
    """A change of acme's declaration."""
    return [replace(receipt("R", seq=UNIFIED), organisation="acme-broker")]


def test_every_number_of_a_strangers_declaration_leads_nowhere(system: System, client: Client) -> None:
    """Of whichever kind, alone, with its kind and with its authority, and with `/` or as `~1`."""
    system.take(through("acme-broker", "uk-export-exits"))
    system.take(through("acme-broker", "one-entry-number-two-declarations"))
    tried = 0
    for row in client.get("/v1/declarations", headers=shows("acme")).json()["declarations"]:
        for number in row["numbers"]:
            kind, value = number["kind"]["code"], number["value"].replace("~", "~0").replace("/", "~1")
            for asked_for in (value, f"{kind}:{value}", row["id"].replace("/", "~1")):
                own = client.get(f"/v1/declarations/{asked_for}", headers=shows("acme"))
                pair = (f"/v1/declarations/{asked_for}", f"/v1/declarations/{asked_for[:-1]}Z")
                theirs, nobodys = [client.get(one, headers=shows("rival")) for one in pair]
                assert own.status_code in (200, 300)
                assert theirs.status_code == nobodys.status_code == 404
                assert theirs.text == nobodys.text.replace(asked_for[:-1] + "Z", asked_for)
                tried += 1
    assert tried > 10
