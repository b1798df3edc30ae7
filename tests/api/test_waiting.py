"""Clients that wait, on a real server: what ends their waiting, and that nobody is held up by another."""

from threading import Thread
from typing import Any

import pytest
from fastapi import FastAPI
from msgspec.structs import replace
from tests.api.client import Client
from tests.api.live import Asked, served, until
from tests.api.system import System
from tests.api.test_admission import ISSUED, SECRET
from tests.helpers.arrivals import receipt

from clearance.access.gate import Gate
from clearance.access.key_form import hash_of, new_key
from clearance.access.keys import Snapshot
from clearance.access.verdicts import Key
from clearance.api.stores import Store
from clearance.settings.clock import monotonic, utc_now

STORY, NUMBER = "held-then-released", "cn:unified:E20260004010000003"
STREAM, WAITS = {"Accept": "text/event-stream"}, {"Prefer": "wait=30"}
OPS, SHOWN = Key("ops", "operator", "", ("ops",), ISSUED), new_key()
SHOWS = {**STREAM, "Authorization": f"Bearer {SHOWN}"}
MANY = 80


def waits(app: FastAPI, count: int) -> None:
    """So many clients wait by now."""
    until(lambda: len(app.state.waiters) == count)


def test_who_does_not_read_is_let_go_and_others_notice_nothing(app: FastAPI, system: System) -> None:
    with (
        served(app, api_receive_seconds=1) as port,
        Asked(port, "/v1/changes?limit=500", STREAM, small=True) as slow,
        Asked(port, "/v1/changes?limit=500", STREAM) as other,
    ):
        waits(app, 2)
        taking = Thread(target=system.take, args=([receipt("7", seq=f"E20260004017{one:06}") for one in range(MANY)],))
        taking.start()
        other.until(f"cn:unified:E20260004017{MANY - 1:06}")
        taking.join()
        waits(app, 1)
        assert len(slow.rest()) < len(other.held)
        system.take([receipt("L", 5, seq=f"E20260004017{0:06}")])
        other.until('"received"')


class TestWithKeys:
    """With a key of the operator, that may be revoked."""

    @pytest.fixture
    def gate(self) -> Gate:
        return Gate(Snapshot(1, {hash_of(SHOWN, SECRET): OPS}, {}), SECRET)

    def test_a_revoked_key_ends_its_stream_within_about_a_second(self, app: FastAPI, gate: Gate) -> None:
        with served(app, gate) as port, Asked(port, "/v1/changes", SHOWS) as one:
            waits(app, 1)
            gate.confirm(Snapshot(2, {hash_of(SHOWN, SECRET): replace(OPS, revoked_at=utc_now())}, {}))
            began = monotonic()
            assert "/key-revoked" in one.until("event: problem")
            one.until("0\r\n\r\n")
            assert monotonic() - began < 2
            waits(app, 0)

    def test_a_key_that_stays_goes_on(self, app: FastAPI, gate: Gate, system: System) -> None:
        with served(app, gate) as port, Asked(port, "/v1/changes", SHOWS) as one:
            waits(app, 1)
            gate.confirm(Snapshot(2, gate.held.keys, {"acme": ("connection:acme",)}))
            system.play(STORY)
            one.until(NUMBER)


def test_another_epoch_ends_streams_and_polls(app: FastAPI, client: Client, system: System) -> None:
    system.play(STORY)
    tag = {"If-None-Match": client.get(f"/v1/declarations/{NUMBER}").headers["ETag"]}
    with (
        served(app) as port,
        Asked(port, "/v1/changes", STREAM) as stream,
        Asked(port, "/v1/changes", WAITS) as poll,
        Asked(port, f"/v1/declarations/{NUMBER}", {**WAITS, **tag}) as one,
    ):
        waits(app, 3)
        app.state.stores.current = Store(1, system.store)
        assert "changes-of-another-epoch" in stream.until("event: problem")
        stream.until("0\r\n\r\n")
        assert poll.until("changes-of-another-epoch").startswith("HTTP/1.1 410")
        assert one.until("\r\n\r\n").startswith("HTTP/1.1 304")


def test_many_who_wait_for_the_same_are_answered_by_one_look(app: FastAPI, client: Client, system: System) -> None:
    """More than there is room for in the queue of questions."""
    system.play(STORY)
    counted: list[Any] = []
    asked = app.state.bulkheads.of["cheap"].ask

    async def noted(*given: Any) -> Any:
        counted.append(given)
        return await asked(*given)

    app.state.bulkheads.of["cheap"].ask = noted
    path, tag = f"/v1/declarations/{NUMBER}", client.get(f"/v1/declarations/{NUMBER}").headers["ETag"]
    with served(app) as port:
        waiting = [Asked(port, path, {**WAITS, "If-None-Match": tag}) for _ in range(MANY)]
        waits(app, MANY)
        until(lambda: len(counted) >= MANY)
        before = len(counted)
        system.take([receipt("R", seq="E20260004010000003")])
        told = [one.until('"links"') for one in waiting]
        assert all(one.startswith("HTTP/1.1 200") and one.count("etag") == 1 for one in told)
        assert len(counted) - before <= 10
        for one in waiting:
            one.connection.close()
