"""What a client asks with a key: own registrations, grants of the operator, messages that a connection brings."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from tests.api.system import System
from tests.api.test_admission import SECRETS, gate
from tests.client.conftest import Connect
from tests.client.flavours import Answering
from tests.helpers.stores import opened_access

from clearance.access import organisations
from clearance.access.gate import Gate
from clearance.api.app import create_app
from clearance.api.stores import Store, Stores
from clearance.client import NotAllowed, Unknown, rows
from clearance.settings import load
from clearance.settings.clock import utc_now

HELD, NOBODYS = "cn:unified:E20260004010000003", "cn:unified:E20260004010000999"
__all__ = ["gate"]


@pytest.fixture
def app(system: System, store: Engine, gate: Gate) -> Iterator[FastAPI]:
    app = create_app(Stores(Store(0, store), lambda _: store), system, load(api_command_wait_seconds=0.2), gate=gate)
    with opened_access(store.url.render_as_string(hide_password=False)) as engine:
        app.state.access = engine
        organisations.add(engine, "rival", "Rival", utc_now())
        yield app


def test_a_registration_is_kept_listed_and_withdrawn(connect: Connect, api: Answering) -> None:
    client = connect(answering=api, key=SECRETS["commands"])
    filed = datetime(2026, 3, 1, 8, tzinfo=UTC)
    told = client.register(NOBODYS, filed_at=filed, references=["PO-4711"], labels=["spring"]).value
    assert (told.declaration, told.filed_at, told.references) == (NOBODYS, filed, ["PO-4711"])
    assert client.registration(NOBODYS).value == told
    client.register(HELD)
    assert [one.declaration for one in client.registrations(limit=1)] == [HELD, NOBODYS]
    assert [one.declaration for one in client.registrations(label="spring")] == [NOBODYS]
    assert client.withdraw_registration(NOBODYS) is None
    with pytest.raises(Unknown):
        client.registration(NOBODYS)


def test_the_operator_grants_sight_and_takes_it_back(connect: Connect, api: Answering, system: System) -> None:
    system.play("held-then-released")
    client = connect(answering=api, key=SECRETS["ops"])
    assert client.grant(HELD, "rival").value.outcome.code == "accepted"
    assert client.grants(HELD).value.organisations == ["rival"]
    assert client.withdraw_grant(HELD, "rival").value.outcome.code == "accepted"
    assert client.grants(HELD).value.organisations == []
    with pytest.raises(NotAllowed):
        connect(answering=api, key=SECRETS["commands"]).grant(HELD, "rival")


def test_an_explanation_says_what_decided(connect: Connect, api: Answering, system: System) -> None:
    system.play("held-then-released")
    told = connect(answering=api, key=SECRETS["ops"]).explanation(HELD).value
    assert (told.id, told.status.code, told.decided_by.code) == (HELD, "released", "P")


def test_a_message_is_brought_as_it_came(connect: Connect) -> None:
    asked: list[httpx.Request] = []

    def accepts(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(503) if len(asked) == 1 else httpx.Response(200, json={"messages": [BROUGHT]})

    told: Any = connect(answering=accepts).bring(b"<DEC/>", name="a.xml").value
    assert (told.messages[0].outcome.code, len(asked)) == ("accepted", 2)
    assert {(one.url.path, one.url.params["name"], one.content) for one in asked} == {
        ("/v1/messages", "a.xml", b"<DEC/>")
    }


BROUGHT = {
    "name": "a.xml",
    "message_id": "0" * 64,
    "outcome": {"code": "accepted", "words": "accepted"},
    "reason": "",
    "declarations": [HELD],
}


def test_many_are_registered_in_portions(connect: Connect, api: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MOST", 2)
    client = connect(answering=api, key=SECRETS["commands"])
    filed = datetime(2026, 3, 1, 8, tzinfo=UTC)
    given = {HELD: {"filed_at": filed}, "what is this": {}, NOBODYS: {"references": ["PO-4711"]}}
    told = [(one.row, one.outcome.code, one.declaration) for one in client.register_many(given.items())]
    assert told == [(1, "accepted", HELD), (2, "refused", ""), (3, "accepted", NOBODYS)]
    assert client.registration(HELD).value.filed_at == filed
