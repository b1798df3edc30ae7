"""What a client has written is in whatever it asks next."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from tests.api.system import System
from tests.client.conftest import Connect
from tests.client.flavours import Answering

from clearance.client import Unavailable, positions
from clearance.client.positions import Positions

NUMBER = "cn:unified:E20260004010000003"
Reading = Callable[[Any], Any]
READS: dict[str, Reading] = {
    "declaration": lambda client: client.declaration(NUMBER),
    "timeline": lambda client: client.timeline(NUMBER),
    "messages": lambda client: client.messages(NUMBER),
    "explanation": lambda client: client.explanation(NUMBER),
    "transport_plan": lambda client: client.transport_plan(NUMBER),
    "batch": lambda client: client.batch([NUMBER]),
    "declarations": lambda client: [*client.declarations()],
    "anomalies": lambda client: [*client.anomalies()],
}


@pytest.mark.parametrize("name", READS)
def test_a_store_that_is_behind_is_not_believed(
    connect: Connect, api: Answering, system: System, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(positions, "WAIT_SECONDS", 0)
    read = READS[name]
    system.play("held-then-released").decides = False
    client = connect(answering=lambda request: soon(api(request)))
    read(client)
    client.state_transport_plan(NUMBER, vessel="EVER GIVEN")
    with pytest.raises(Unavailable, match="behind"):
        read(client)
    system.decide()
    system.catch_up()
    read(client)
    assert client.transport_plan(NUMBER).value.vessel == "EVER GIVEN"


def soon(reply: httpx.Response) -> httpx.Response:
    """Nobody waits before he asks again."""
    reply.headers.pop("Retry-After", None)
    return reply


def test_of_another_epoch_it_is_forgotten(connect: Connect, api: Answering, system: System) -> None:
    system.play("held-then-released")
    asked: list[str] = []

    def of_another(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.query.decode())
        if "min_position" in request.url.params:
            kind = {"Content-Type": "application/problem+json"}
            return httpx.Response(410, headers=kind, json={"type": "/problems/position-of-another-epoch"})
        return api(request)

    client = connect(answering=of_another)
    client.state_transport_plan(NUMBER, vessel="EVER GIVEN")
    assert client.declaration(NUMBER).value.id == NUMBER
    assert client.declaration(NUMBER).value.id == NUMBER
    assert [one.partition("=")[0] for one in asked] == ["", "min_position", "", ""]


def test_they_are_few_and_forgotten_after_a_minute() -> None:
    now = 0.0
    held = Positions(clock=lambda: now)
    for number in range(positions.MOST + 5):
        held.note(httpx.Response(200, headers={positions.POSITION: f"p{number}"}))
    assert held._text().split(",") == [f"p{number}" for number in range(5, positions.MOST + 5)]
    now = positions.KEPT_SECONDS + 1
    assert not held
