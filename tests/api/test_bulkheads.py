"""No question stops the API: dear ones are bounded, refused in order, and end when nobody waits; cheap ones go on."""

import asyncio
from collections.abc import Callable
from threading import Event
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Connection, text
from tests.api.system import System
from tests.helpers.conditions import until

from clearance.api.app import create_app
from clearance.api.stores import Store, Stores
from clearance.settings import load
from clearance.settings.clock import monotonic
from clearance.store import quantiles

HELD = "/v1/declarations/cn:unified:E20260004010000003"
TIMES = "/v1/clearance-times"
DEAR = 60
HOST = (b"host", b"localhost")
ON_BOTH = pytest.mark.parametrize("store", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def steps() -> int:
    """How much the dear question counts: some seconds of it."""
    return 10_000_000


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, steps: int) -> list[float]:
    """Clearance times are dear; when they were read."""
    found: list[float] = []

    def dear(connection: Connection, *_: Any) -> list[Any]:
        found.append(monotonic())
        sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :steps) SELECT count(*) FROM n"
        connection.execute(text(sql), {"steps": steps})
        return []

    monkeypatch.setattr(quantiles, "clearance_times", dear)
    return found


@pytest.fixture
def app(system: System) -> FastAPI:
    settings = load(api_stale_seconds=300, api_dear_seconds=1, api_waiting=40, api_wait_seconds=0.5)
    stores = Stores(Store(0, system.store), lambda _: system.store)
    return create_app(stores, system.play("held-then-released"), settings, gate=None)


def unhurried(app: FastAPI) -> None:
    """Dear questions may take a minute."""
    dear = app.state.bulkheads.of["dear"]
    dear._limits = dear._limits._replace(seconds=60)


def among(app: FastAPI, asking: Callable[[httpx.AsyncClient], Any]) -> Any:
    async def run() -> Any:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await asking(client)

    return asyncio.run(run())


async def cheap(client: httpx.AsyncClient, count: int = 20) -> list[float]:
    """How long each of these took."""
    found = []
    for _ in range(count):
        began = monotonic()
        assert (await client.get(HELD)).status_code == 200
        found.append(monotonic() - began)
    return found


@ON_BOTH
def test_sixty_dear_questions_at_once_hold_up_no_cheap_one(app: FastAPI, asked: list[float]) -> None:
    async def run(client: httpx.AsyncClient) -> tuple[list[httpx.Response], list[float]]:
        given = [client.get(TIMES, params={"began_from": f"2026-03-01T00:00:{at:02}Z"}) for at in range(DEAR)]
        dear = [asyncio.ensure_future(one) for one in given]
        await until(lambda: askers(app) == DEAR or any(one.done() for one in dear), "all have asked")
        times = await asyncio.wait_for(cheap(client), 5)
        return await asyncio.gather(*dear), times

    answers, times = among(app, run)
    assert max(times) < 1
    assert {one.status_code for one in answers} <= {200, 503}
    refused = [one for one in answers if one.status_code == 503]
    assert {one.json()["type"].rpartition("/")[2] for one in refused} == {"busy", "takes-too-long"}
    assert all(int(one.headers["Retry-After"]) > 0 for one in refused)
    counted = among(app, lambda client: client.get("/metrics")).text
    assert 'clearance_questions_total{class="dear",result="refused"}' in counted
    assert 'clearance_questions_total{class="dear",result="too_long"}' in counted


@ON_BOTH
def test_who_asks_the_same_at_the_same_time_gets_the_same_answer(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    unhurried(app)
    read: list[bool] = []
    all_have_asked = Event()

    def when_all_have_asked(*_: Any) -> list[Any]:
        read.append(all_have_asked.wait(30))
        return []

    monkeypatch.setattr(quantiles, "clearance_times", when_all_have_asked)

    async def run(client: httpx.AsyncClient) -> list[httpx.Response]:
        asking = asyncio.gather(*(client.get(TIMES, params={"by": "office"}) for _ in range(DEAR)))
        await until(lambda: askers(app) == DEAR or asking.done(), "all have asked")
        all_have_asked.set()
        return await asking

    answers = among(app, run)
    assert {one.status_code for one in answers} == {200}
    assert read == [True]
    assert len({one.headers["Clearance-As-Of"] for one in answers}) == 1


def askers(app: FastAPI) -> int:
    """Who waits for dear questions."""
    return sum(flight.askers for flight in [*app.state.bulkheads.of["dear"]._flights])


@ON_BOTH
def test_a_question_ends_within_a_second_when_its_client_leaves(app: FastAPI, asked: list[float]) -> None:
    unhurried(app)

    async def run() -> float:
        left = asyncio.Event()

        async def receive() -> dict[str, Any]:
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(_: Any) -> None:
            raise AssertionError("nobody is there")

        scope = {"type": "http", "method": "GET", "path": TIMES, "raw_path": TIMES.encode(), "query_string": b""}
        answering = asyncio.ensure_future(app({**scope, "headers": [HOST]}, receive, send))
        await until(lambda: bool(asked), "it is being read")
        began = monotonic()
        left.set()
        async with asyncio.timeout(30):
            await answering
        await until(lambda: not running(app), "nothing runs")
        return monotonic() - began

    assert asyncio.run(run()) < 1


def running(app: FastAPI) -> float:
    under_way: dict[tuple[str, ...], float] = app.state.bulkheads.of["dear"].under_way()
    return under_way["dear", "running"]


def test_what_is_stated_goes_on_when_its_client_has_left(app: FastAPI, system: System) -> None:
    before = sum(map(len, system.log))

    async def run() -> None:
        messages = [{"type": "http.request", "body": b"{}", "more_body": False}]

        async def receive() -> dict[str, Any]:
            return messages.pop() if messages else {"type": "http.disconnect"}

        async def send(_: Any) -> None:
            return

        path = f"{HELD}/transport-plan"
        scope = {"type": "http", "method": "PUT", "path": path, "raw_path": path.encode(), "query_string": b""}
        await app({**scope, "headers": [HOST, (b"content-type", b"application/json")]}, receive, send)

    asyncio.run(run())
    assert sum(map(len, system.log)) == before + 1
