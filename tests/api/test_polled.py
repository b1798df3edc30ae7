"""One declaration asked for again: what is kept is the same as what the route answers, and never anything older."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from sqlalchemy import select
from tests.api.client import PLAIN
from tests.api.system import RECORDINGS, System
from tests.api.test_admission import KEYS, SECRET, SECRETS, shows
from tests.helpers.conditions import until

from clearance.access.gate import Gate
from clearance.access.key_form import hash_of
from clearance.access.keys import Snapshot
from clearance.api.app import create_app
from clearance.api.bulkheads import Bulkhead
from clearance.api.header_lines import lines
from clearance.api.keeping import TOLD_ANEW
from clearance.api.kept_answers import Answer, Asked, KeptAnswers
from clearance.api.next_check import Step
from clearance.api.stores import Store, Stores
from clearance.api.tail import Tail, Told
from clearance.events.partition.replay import Arrival
from clearance.recordings.read import read_recording
from clearance.settings import load
from clearance.settings.clock import utc_now
from clearance.store.applied import AppliedBatch, NewState
from clearance.store.following import beginning
from clearance.store.schema import numbers
from clearance.store.viewer import EVERYBODY, Viewer

HELD, ENTRY = "cn:unified:E20260004010000003", "290120260650000003"
ADDRESS = f"/v1/declarations/{HELD}"
Ask = Callable[..., Any]


def run(app: FastAPI, asked: Callable[[Ask], Any]) -> None:
    """Ask while the API follows the store; a machine under load looks at it as often as any other."""

    async def following() -> None:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with (
            app.state.tail.running(),
            httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=PLAIN) as client,
        ):
            await until(lambda: app.state.tail.last is not None)
            with patch.object(Tail, "age", return_value=0.0):
                await asked(client.get)

    asyncio.run(following())


async def caught_up(app: FastAPI, system: System) -> None:
    """Until all that was written has been told."""
    number = beginning(system.store).number
    await until(lambda: app.state.tail.last.number >= number)


@contextmanager
def nobody_asked() -> Iterator[None]:
    """No question reaches the store meanwhile."""
    with patch.object(Bulkhead, "ask", side_effect=AssertionError("the store was asked")):
        yield


def same(one: httpx.Response) -> tuple[int, bytes, Mapping[str, str]]:
    told = {name: value for name, value in one.headers.items() if name.encode() not in TOLD_ANEW | {b"date"}}
    return one.status_code, one.content, told


FORMS: list[dict[str, str]] = [
    {},
    {"Accept-Language": "zh"},
    {"Accept-Language": "de, zh;q=0.5"},
    {"Accept-Encoding": "gzip"},
    {"If-None-Match": "*"},
    {"If-None-Match": '"other"'},
    {"If-None-Match": "TAG"},
    {"If-None-Match": "W/TAG"},
    {"If-None-Match": 'W/"other", TAG', "Accept-Encoding": "gzip"},
    {"If-None-Match": "TAG", "Accept-Language": "zh"},
]
NUMBERS = (HELD, ENTRY, f"entry:{ENTRY}", f"%20{ENTRY}", "e20260004010000003", HELD.replace(":", "%3A"))


@pytest.mark.parametrize("number", NUMBERS)
def test_an_answer_that_is_kept_is_what_the_route_answers(system: System, app: FastAPI, number: str) -> None:
    system.play("held-then-released", "notification-of-a-released-import")

    async def asked(get: Ask) -> None:
        tag = (await get(ADDRESS)).headers["ETag"]
        for form in FORMS:
            headers = {name: value.replace("TAG", tag) for name, value in form.items()}
            by_route = await get(f"/v1/declarations/{number}?", headers={**headers, "X-Unknown": "1"})
            await get(f"/v1/declarations/{number}", headers={**headers, "If-None-Match": '"none"'})
            with nobody_asked():
                kept = await get(f"/v1/declarations/{number}", headers=headers)
            assert same(kept) == same(by_route)
            assert {*kept.headers} == {*by_route.headers}
            assert kept.headers["Clearance-Freshness"] == by_route.headers["Clearance-Freshness"] == "live"

    run(app, asked)


@pytest.mark.parametrize(("after_seconds", "word"), [(0, "live"), (20, "catching_up"), (400, "stale")])
def test_an_answer_that_is_kept_says_in_one_word_what_it_is(
    system: System, app: FastAPI, after_seconds: int, word: str
) -> None:
    system.play("held-then-released")
    later = utc_now() + timedelta(seconds=after_seconds)

    async def asked(get: Ask) -> None:
        await get(ADDRESS)
        with patch("clearance.api.freshness.utc_now", return_value=later):
            by_route = await get(ADDRESS, headers={"X-Unknown": "1"})
            with nobody_asked():
                kept = await get(ADDRESS)
        assert kept.headers["Clearance-Freshness"] == by_route.headers["Clearance-Freshness"] == word

    run(app, asked)


def test_a_later_version_that_is_held_and_another_time_are_left_to_the_route(system: System, app: FastAPI) -> None:
    system.play("held-then-released")

    async def asked(get: Ask) -> None:
        epoch, src, *shown = (await get(ADDRESS)).headers["ETag"].strip('"').split(".")
        later = f'"{epoch}.{int(src) + 1}.{".".join(shown)}"'
        for held in (later, f"W/{later}"):
            behind = await get(ADDRESS, headers={"If-None-Match": held})
            assert (behind.status_code, behind.json()["type"]) == (503, "/problems/older-than-held")
        for query in ("as_of=2026-03-02T12:00:00Z", "known_at=2026-03-02T12:00:00Z"):
            then = await get(f"{ADDRESS}?{query}")
            assert (then.json()["status"]["code"], "ETag" in then.headers) == ("inspection", False)
        with nobody_asked():
            assert (await get(ADDRESS)).json()["status"]["code"] == "released"

    run(app, asked)


def arrivals(name: str) -> list[Arrival]:
    return list(read_recording(RECORDINGS / name, "demo-broker"))


@pytest.mark.parametrize("name", ["held-then-released", "temporary-then-unified-then-entry", "entry-number-first"])
def test_after_each_change_every_number_is_answered_as_by_the_route(system: System, app: FastAPI, name: str) -> None:
    async def asked(get: Ask) -> None:
        for arrival in arrivals(name):
            await asyncio.to_thread(system.take, [arrival])
            await caught_up(app, system)
            for address in addresses(system):
                by_route = await get(address, headers={"X-Unknown": "1"})
                assert same(await get(address)) == same(by_route)
                assert same(await get(address)) == same(by_route)

    run(app, asked)


def addresses(system: System) -> list[str]:
    """Of all numbers that are known by now, as ids and bare."""
    with system.store.connect() as connection:
        rows = connection.execute(select(numbers.c.declaration, numbers.c.value)).all()
    return [f"/v1/declarations/{one}" for one in sorted({each for row in rows for each in row}) if "/" not in one]


@pytest.mark.parametrize(
    "given",
    [
        {"headers": {"Prefer": "wait=1"}},
        {"headers": {"X-Unknown": "1"}},
        {"headers": [("If-None-Match", "*"), ("If-None-Match", "*")]},
        {"params": {"unheard": "of"}},
        {"headers": {"Host": "elsewhere.example"}},
    ],
    ids=range(5),
)
def test_whatever_is_in_doubt_is_left_to_the_route(system: System, app: FastAPI, given: dict[str, Any]) -> None:
    system.play("held-then-released")

    async def asked(get: Ask) -> None:
        await get(ADDRESS)
        asked_before = await counted(get)
        answer = await get(ADDRESS, **given)
        assert answer.status_code in (304, 422, 421) or await counted(get) > asked_before

    run(app, asked)


async def counted(get: Ask) -> float:
    """Questions that the store was asked."""
    lines = (await get("/metrics")).text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("clearance_questions_total{"))


def test_nothing_is_kept_of_a_partition_that_is_parked(system: System, app: FastAPI) -> None:
    system.play("held-then-released")
    system.park(HELD, utc_now())

    async def asked(get: Ask) -> None:
        before = await counted(get)
        answers = [await get(ADDRESS) for _ in range(3)]
        assert await counted(get) == before + 3
        assert all(one.json()["stale"] and "Clearance-Stale-Since" in one.headers for one in answers)

    run(app, asked)


def test_without_looking_at_the_store_nothing_kept_is_answered(system: System, app: FastAPI) -> None:
    system.play("held-then-released")

    async def asked(get: Ask) -> None:
        await get(ADDRESS)
        before = await counted(get)
        with patch.object(Tail, "age", return_value=1.0):
            assert (await get(ADDRESS)).status_code == 200
        assert await counted(get) == before + 1

    run(app, asked)


def test_who_is_let_in_is_judged_each_time(system: System) -> None:
    system.play("held-then-released")
    gate = Gate(Snapshot(1, {hash_of(SECRETS[name], SECRET): key for name, key in KEYS.items()}, {}), SECRET)
    app = create_app(Stores(Store(0, system.store), lambda _: system.store), system, load(), gate)

    async def asked(get: Ask) -> None:
        assert (await get(ADDRESS, headers=shows("ops"))).status_code == 200
        with nobody_asked():
            assert (await get(ADDRESS, headers=shows("ops"))).status_code == 200
        assert (await get(ADDRESS)).status_code == 401
        assert (await get(ADDRESS, headers=shows("reads"))).status_code == 404
        assert (await get(ADDRESS, headers=shows("brings"))).status_code == 403
        gate.confirm(Snapshot(2, {}, {}))
        assert (await get(ADDRESS, headers=shows("ops"))).status_code == 401

    run(app, asked)
    noted = [(one.key, one.route, one.declaration, one.status) for one in [*gate.audit._waiting][:2]]
    assert noted == [("ops", "/v1/declarations/{number}", HELD, 200)] * 2


STEPS = st.lists(st.sampled_from(["change", "tell", "begin", "read", "keep", "look"]), max_size=40)


@given(steps=STEPS)
def test_no_order_of_changing_telling_reading_and_keeping_gives_an_older_answer(steps: list[str]) -> None:
    """`version` is that of the store, `told` what the tail has said of it; a reading is begun, read and kept."""
    tail = SimpleNamespace(last=moment(0, None), age=lambda: 0.0, listeners=[])
    kept, version, told = KeptAnswers(tail, 10_000), 0, 0  # type: ignore[arg-type] # as much of a tail as is asked
    begun, read = tail.last, None
    for step in steps:
        if step == "change":
            version += 1
        elif step == "tell" and told < version:
            told += 1
            tail.last = moment(told, AppliedBatch((NewState("cn:unified:1", 0, 0, told, 0),)))
            kept._take(tail.last)  # as the tail calls it
        elif step == "begin":
            begun, read = tail.last, None
        elif step == "read":
            read = version
        elif step == "keep" and read is not None:
            kept.keep(ASKED, answer_of(begun.number, read), None, begun)
        elif step == "look" and (found := kept.find(ASKED)) is not None:
            assert int(found.tag) >= told


ASKED = Asked(b"1", EVERYBODY, "en", False)
SOME_STORE = Store(0, None)  # type: ignore[arg-type] # not asked


def moment(number: int, batch: AppliedBatch | None) -> Told:
    return Told(SOME_STORE, number, batch, {})


def answer_of(number: int, version: int) -> Answer:
    tag = str(version).encode()
    return Answer(
        number=number,
        partition=0,
        step=Step(False, None, None),
        names=("cn:unified:1", "1"),
        tag=tag,
        headers=lines(()),
        whole=lines(()),
    )


def test_what_nobody_has_asked_for_longest_goes_first_and_bodies_before_answers() -> None:
    tail = SimpleNamespace(last=moment(0, None), age=lambda: 0.0, listeners=[])
    kept = KeptAnswers(tail, 4100)  # type: ignore[arg-type]
    each = [ASKED._replace(address=b"%d" % one) for one in range(4)]
    for one in each[:2]:
        kept.keep(one, answer_of(0, 1), b"x" * 500, tail.last)
    assert (kept.find(each[0]), kept.body(each[0]), kept.bytes) == (answer_of(0, 1), b"x" * 500, 3800)
    kept.keep(each[2], answer_of(0, 1), None, tail.last)
    assert [kept.find(one) is not None for one in each] == [True, True, True, False]
    assert [kept.body(one) is not None for one in each] == [False, False, False, False]
    kept.keep(each[3], answer_of(0, 1), None, tail.last)
    assert [kept.find(one) is not None for one in each] == [False, True, True, True]
    assert kept.bytes == 3600


LIST = "/v1/declarations"
PAGES = [LIST, f"{LIST}?limit=1", f"{LIST}?office=0000&limit=2", f"{LIST}?status=released&status=inspection"]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("form", [{}, {"Accept-Language": "zh"}, {"Accept-Encoding": "gzip"}, {"If-None-Match": "*"}])
def test_a_page_is_kept_until_anything_changes(system: System, app: FastAPI, page: str, form: dict[str, str]) -> None:
    system.play("notification-of-a-released-import")

    async def asked(get: Ask) -> None:
        for arrival in (None, *arrivals("held-then-released")):
            if arrival is not None:
                await asyncio.to_thread(system.take, [arrival])
                await caught_up(app, system)
            by_route = await get(page, headers={**form, "X-Unknown": "1"})
            assert same(await get(page, headers=form)) == same(by_route)
            with nobody_asked():
                kept = await get(page, headers=form)
            assert same(kept) == same(by_route)
            assert {*kept.headers} == {*by_route.headers}

    run(app, asked)


@pytest.mark.parametrize("accept", ["text/csv", "text/csv, */*;q=0.1"])
def test_a_sheet_is_not_kept_nor_taken_for_a_page(system: System, app: FastAPI, accept: str) -> None:
    system.play("held-then-released")

    async def asked(get: Ask) -> None:
        for _ in range(2):
            assert (await get(LIST)).headers["Content-Type"] == "application/json"
            assert (await get(LIST, headers={"Accept": accept})).headers["Content-Type"].startswith("text/csv")
            assert (await get(LIST, params={"format": "csv"})).headers["Content-Type"].startswith("text/csv")

    run(app, asked)


def test_no_page_is_kept_while_a_partition_is_parked(system: System, app: FastAPI) -> None:
    system.play("held-then-released")
    system.park(HELD, utc_now())

    async def asked(get: Ask) -> None:
        before = await counted(get)
        answers = [await get(LIST) for _ in range(3)]
        assert await counted(get) == before + 3
        assert all("Clearance-Stale-Since" in one.headers for one in answers)

    run(app, asked)


PARTY, OTHER = "uscc:91310000DEMO00001A", "uscc:91310000DEMO00002B"
ONE_S = Viewer("organisation one", (PARTY, "organisation:one"))


@pytest.mark.parametrize(
    ("changed", "holds"),
    [
        (NewState("cn:unified:2", 0, 0, 2, 0, parties=(OTHER,)), True),
        (NewState("cn:unified:2", 0, 0, 2, 0, parties=(OTHER, PARTY)), False),
        (NewState("cn:unified:2", 0, 0, 2, 0, parties=("organisation:one",)), False),
        (NewState("cn:unified:1", 0, 0, 2, 0, parties=(OTHER,)), False),
    ],
    ids=["of others", "theirs", "granted", "shown, and theirs no more"],
)
def test_the_page_of_an_organisation_holds_while_only_what_is_of_others_changes(changed: NewState, holds: bool) -> None:
    tail = SimpleNamespace(last=moment(1, None), age=lambda: 0.0, listeners=[])
    kept = KeptAnswers(tail, 10_000)  # type: ignore[arg-type]
    page = structs.replace(answer_of(1, 0), step=None, partition=None, names=("cn:unified:1",))
    for viewer in (ONE_S, EVERYBODY):
        kept.keep(ASKED._replace(viewer=viewer), page, b"", tail.last)
    kept._take(moment(2, AppliedBatch((changed,))))
    assert (kept.find(ASKED._replace(viewer=ONE_S)) is not None) == holds
    assert kept.find(ASKED) is None
