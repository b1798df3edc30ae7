"""The feed: every change once, in order, to whoever may see it; waiting costs nothing and misses nothing."""

import asyncio
import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from fastapi import FastAPI
from tests.api.client import Client
from tests.api.system import System
from tests.helpers.arrivals import receipt
from tests.helpers.conditions import until

from clearance.api import feed

STORY, NUMBER = "held-then-released", "cn:unified:E20260004010000003"
Json = dict[str, Any]


def pages(client: Client, begin: str = "from=start", asked: str = "limit=100") -> Iterator[Json]:
    """From `from=…` or `cursor=…` on, until nothing more is told at once."""
    more = True
    while more:
        answer = client.get(f"/v1/changes?{begin}&{asked}")
        assert answer.status_code == 200, answer.text
        page = answer.json()
        yield page
        begin, more = f"cursor={page['cursor']}", page["more"]


class Mirror:
    """What a client holds: the state of each declaration, and the number of the last change of it."""

    def __init__(self) -> None:
        self.seqs: dict[str, int] = {}
        self.states: dict[str, Json] = {}
        self.cursor = ""

    def take(self, page: Json) -> None:
        for one in page["changes"]:
            self._change(one)
        self.states |= {one["id"]: one for one in page["declarations"]}
        self.cursor = page["cursor"]

    def _change(self, one: Json) -> None:
        kind, name = one["kind"]["code"], one["declaration"]
        if kind in ("left", "gone", "merged"):
            self.states.pop(name, None)
        if kind in ("left", "gone"):
            self.seqs.pop(name, None)
        elif kind == "seen":
            self.seqs[name] = one["seq"]
        elif one["seq"] > self.seqs.get(name, 0):
            assert one["previous_seq"] == self.seqs.get(name), one
            self.seqs[name] = one["seq"]

    def follow(self, client: Client, asked: str = "limit=100") -> None:
        for page in pages(client, f"cursor={self.cursor}" if self.cursor else "from=start", asked):
            self.take(page)


def shown(client: Client) -> dict[str, Json]:
    """Every declaration as it is answered alone."""
    listed = client.get("/v1/declarations?limit=500").json()["declarations"]
    return {one["id"]: client.get(one["links"]["self"]).json() for one in listed}


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_a_mirror_is_what_single_answers_say_however_it_is_read(client: Client, system: System, limit: int) -> None:
    mirror = Mirror()
    for story in ("held-then-released", "entry-number-first", "lasting-anomaly-acknowledged"):
        system.play(story)
        mirror.follow(client, f"limit={limit}")
        assert mirror.states == shown(client)


def test_all_of_history_is_numbered_without_holes(client: Client, system: System) -> None:
    cursor = client.get("/v1/changes").json()["cursor"]
    system.play("held-then-released", "entry-number-first")
    told = [one for page in pages(client, f"cursor={cursor}", "limit=2") for one in page["changes"]]
    events = {(event["declaration"], event["seq"]) for event in told}
    assert len(events) == len(told) == sum(state.seq for state in system.states())
    for name in {one["declaration"] for one in told}:
        seqs = [one["seq"] for one in told if one["declaration"] == name]
        assert seqs == [*range(1, len(seqs) + 1)]
        assert [one["previous_seq"] for one in told if one["declaration"] == name] == [None, *seqs[:-1]]


def test_a_cursor_of_nothing_new_is_answered_with_nothing(client: Client, system: System) -> None:
    system.play(STORY)
    first = client.get("/v1/changes").json()
    assert (first["changes"], first["declarations"], first["more"], first["complete"]) == ([], [], False, True)
    assert client.get(f"/v1/changes?cursor={first['cursor']}").json() == first


def test_a_change_is_not_told_before_the_state_that_follows_from_it(client: Client, system: System) -> None:
    system.play(STORY)
    cursor = client.get("/v1/changes").json()["cursor"]
    system.hold_states = True
    system.take([receipt("R", seq="E20260004010000003")])
    assert client.get(f"/v1/changes?cursor={cursor}").json()["changes"] == []
    system.release_states()
    page = client.get(f"/v1/changes?cursor={cursor}").json()
    assert page["changes"]
    assert {one["id"] for one in page["declarations"]} == {NUMBER}


@pytest.mark.parametrize("reach", [1, 500])
def test_who_begins_while_states_are_to_come_lacks_nothing(
    client: Client, system: System, monkeypatch: pytest.MonkeyPatch, reach: int
) -> None:
    monkeypatch.setattr(feed, "SETTLING", reach)
    system.play(STORY)
    system.hold_states = True
    system.take([receipt("R", seq="E20260004010000003")])
    mirror = Mirror()
    mirror.follow(client)
    system.release_states()
    mirror.follow(client)
    assert mirror.states == shown(client)
    assert mirror.seqs[NUMBER] == next(state.seq for state in system.states() if state.id == NUMBER)


def test_what_leaves_a_filter_is_told_once(client: Client, system: System) -> None:
    arrivals = list(system.arrivals_of(STORY))
    system.take(arrivals[:4])  # held
    held = "status=inspection"
    told = [*pages(client, "from=start", held)]
    assert [one["kind"]["code"] for page in told for one in page["changes"]] == ["seen"]
    assert not told[-1]["complete"]
    system.take(arrivals[4:])
    after = [*pages(client, f"cursor={told[-1]['cursor']}", held)]
    assert [one["kind"]["code"] for page in after for one in page["changes"]] == ["left"]
    system.take([receipt("R", seq="E20260004010000003")])
    assert [page["changes"] for page in pages(client, f"cursor={after[-1]['cursor']}", held)] == [[]]


@pytest.mark.parametrize("limit", [1, 100])
def test_what_enters_a_filter_is_told_from_there_on(client: Client, system: System, limit: int) -> None:
    cursor = client.get("/v1/changes").json()["cursor"]
    system.play(STORY)
    told = [*pages(client, f"cursor={cursor}", f"status=released&limit={limit}")]
    kinds = [one["kind"]["code"] for page in told for one in page["changes"]]
    assert kinds
    assert {one["id"] for page in told for one in page["declarations"]} <= {NUMBER}


def test_a_bent_cursor_is_refused_by_name(client: Client, system: System) -> None:
    system.play(STORY)
    cursor = client.get("/v1/changes").json()["cursor"]
    for bent in (cursor[:-2], cursor[::-1], "x", f"{cursor}AAAA"):
        answer = client.get(f"/v1/changes?cursor={bent}")
        assert answer.status_code == 422, bent
        assert answer.json()["errors"][0]["name"] == "cursor"


def test_many_offsets_of_others_are_passed_over_in_steps(
    client: Client, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "WINDOW", 2)
    cursor = client.get("/v1/changes").json()["cursor"]
    system.play("held-then-released", "entry-number-first")
    told = [one for page in pages(client, f"cursor={cursor}") for one in page["changes"]]
    assert len(told) == sum(state.seq for state in system.states())


def test_partitions_take_turns(client: Client, system: System) -> None:
    cursor = client.get("/v1/changes").json()["cursor"]
    system.play("held-then-released", "entry-number-first", "lasting-anomaly-acknowledged")
    firsts = [page["changes"][0]["declaration"] for page in pages(client, f"cursor={cursor}", "limit=1")]
    assert len(firsts) == sum(state.seq for state in system.states())
    assert {*firsts} == {state.id for state in system.states()}
    assert any(one != other for one, other in pairwise(firsts))


async def asked(app: FastAPI, path: str, **headers: str) -> Any:
    import httpx

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        return await client.get(path, headers=headers)


def woken(app: FastAPI, system: System, path: str, **headers: str) -> Any:
    """The answer to who waits, when the declaration changes meanwhile."""

    async def wait() -> Any:
        async with app.state.tail.running():
            waiting = asyncio.create_task(asked(app, path, Prefer="wait=30", **headers))
            await until(lambda: len(app.state.waiters) == 1, "it waits")
            assert not waiting.done()
            await asyncio.to_thread(system.take, [receipt("R", seq="E20260004010000003")])
            async with asyncio.timeout(10):
                return await waiting

    return asyncio.run(wait())


def test_who_waits_is_answered_when_something_comes(app: FastAPI, client: Client, system: System) -> None:
    system.play(STORY)
    cursor = client.get("/v1/changes").json()["cursor"]
    answer = woken(app, system, f"/v1/changes?cursor={cursor}")
    assert answer.json()["changes"]
    assert answer.headers["Preference-Applied"] == "wait=30"


def test_who_waits_for_nothing_is_told_so_in_time(app: FastAPI, client: Client, system: System) -> None:
    system.play(STORY)
    cursor = client.get("/v1/changes").json()["cursor"]
    answer = asyncio.run(asked(app, f"/v1/changes?cursor={cursor}", Prefer="wait=1"))
    assert answer.json()["changes"] == []


def test_one_declaration_is_waited_for_by_its_etag(app: FastAPI, client: Client, system: System) -> None:
    system.play(STORY)
    tag = client.get(f"/v1/declarations/{NUMBER}").headers["ETag"]
    answer = woken(app, system, f"/v1/declarations/{NUMBER}", **{"If-None-Match": tag})
    assert (answer.status_code, answer.headers["Preference-Applied"]) == (200, "wait=30")
    assert answer.headers["ETag"] != tag


def test_one_declaration_that_stays_is_304_after_the_wait(app: FastAPI, client: Client, system: System) -> None:
    system.play(STORY)
    path = f"/v1/declarations/{NUMBER}"
    tag = client.get(path).headers["ETag"]
    answer = asyncio.run(asked(app, path, Prefer="wait=1", **{"If-None-Match": tag}))
    assert answer.status_code == 304


async def events_of(app: FastAPI, path: str, count: int, meanwhile: Any = None, **headers: str) -> list[Json]:
    """The first events of a stream, as raw ASGI gives them."""
    sent: asyncio.Queue[Json] = asyncio.Queue()
    name, _, query = path.partition("?")
    given = {"host": "localhost", "accept": "text/event-stream", **headers}
    scope = {
        "type": "http", "http_version": "1.1", "method": "GET", "path": name, "raw_path": name.encode(),
        "query_string": query.encode(), "client": ("127.0.0.1", 1), "server": ("localhost", 80), "scheme": "http",
        "headers": [(key.lower().encode(), value.encode()) for key, value in given.items()],
    }  # fmt: skip

    async def receive() -> Json:
        await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    streaming = asyncio.create_task(app(scope, receive, sent.put))  # type: ignore[arg-type]
    found: list[Json] = []
    async with asyncio.timeout(15):
        start = await sent.get()
        assert (b"content-type", b"text/event-stream; charset=utf-8") in start["headers"]
        while len(found) < count:
            message = await sent.get()
            lines = message["body"].decode().strip().split("\n")
            found.append(dict(line.split(": ", 1) for line in lines))
            if meanwhile is not None:
                await asyncio.to_thread(meanwhile)
                meanwhile = None
    streaming.cancel()
    return found


def test_a_stream_goes_on_from_the_id_of_its_last_event(app: FastAPI, system: System) -> None:
    system.play(STORY)

    async def follow() -> None:
        async with app.state.tail.running():
            more = lambda: system.take([receipt("R", seq="E20260004010000003")])  # noqa: E731
            first, second = await events_of(app, "/v1/changes?from=start", 2, more)
            assert [one["event"] for one in (first, second)] == ["changes", "changes"]
            assert json.loads(first["data"])["cursor"] == first["id"]
            [again] = await events_of(app, "/v1/changes", 1, **{"Last-Event-ID": first["id"]})
            assert json.loads(again["data"])["changes"] == json.loads(second["data"])["changes"]

    asyncio.run(follow())


def test_a_silent_stream_beats(app: FastAPI, system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clearance.api.event_stream.HEARTBEAT_SECONDS", 0.1)
    system.play(STORY)
    beats = asyncio.run(events_of(app, "/v1/changes", 2))
    assert [one["event"] for one in beats] == ["heartbeat", "heartbeat"]
