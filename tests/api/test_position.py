"""Who has written asks with the position of that: the answer has it, or says that it is not there yet."""

from threading import Thread

import pytest
from fastapi import FastAPI
from tests.api.client import Client
from tests.api.live import Asked, served, until
from tests.api.system import System

from clearance.api import position
from clearance.api.stores import Store
from clearance.events.log.input_records import InputRecord
from clearance.kafka.places import Place

HELD = "cn:unified:E20260004010000003"
ONE = f"/v1/declarations/{HELD}"
PLAN = {"vessel": "EVER GIVEN"}
READS = [ONE, f"{ONE}/transport-plan", f"{ONE}/timeline", f"{ONE}/explanation", f"{ONE}/messages"]
READS += ["/v1/declarations", "/v1/declarations?format=csv", f"/v1/anomalies?declaration={HELD}"]


def of_held(records: list[InputRecord]) -> bool:
    """Whether the last record of a partition is about it."""
    return bool(records) and records[-1].key == HELD


@pytest.fixture
def stated(client: Client, system: System) -> str:
    """The position of a plan that is in the log, and that the projector has told nothing of."""
    system.play("held-then-released").decides = False
    answer = client.put(f"{ONE}/transport-plan", json=PLAN)
    assert answer.status_code == 202
    return answer.headers[position.POSITION]


@pytest.mark.parametrize("path", READS)
def test_a_projector_that_is_behind_is_no_answer(client: Client, system: System, stated: str, path: str) -> None:
    address = f"{path}{'&' if '?' in path else '?'}min_position={stated}"
    behind = client.get(address)
    assert (behind.status_code, behind.json()["type"]) == (503, "/problems/behind")
    assert behind.headers["Retry-After"] == "1"
    assert client.get(path).status_code == 200
    system.decide()
    system.catch_up()
    assert client.get(address).status_code == 200


def test_what_was_written_is_in_the_answer(client: Client, system: System, stated: str) -> None:
    system.decide()
    system.catch_up()
    assert client.get(f"{ONE}?min_position={stated}").json()["transport_plan"]["vessel"] == "EVER GIVEN"


def test_a_batch_waits_for_it_too(client: Client, system: System, stated: str) -> None:
    address = f"/v1/declarations:batch?min_position={stated}"
    assert client.post(address, json={"numbers": [HELD]}).status_code == 503
    system.decide()
    system.catch_up()
    assert client.post(address, json={"numbers": [HELD]}).status_code == 200


def test_positions_are_joined_by_commas(client: Client, system: System, stated: str) -> None:
    system.decide()
    system.catch_up()
    later = position.told(0, [Place("declaration-inputs", 0, 1_000_000)])[position.POSITION]
    assert client.get(f"{ONE}?min_position={stated},{stated}").status_code == 200
    assert client.get(f"{ONE}?min_position={stated},{later}").status_code == 503


def test_it_is_answered_when_the_projector_has_come_so_far(app: FastAPI, client: Client, system: System) -> None:
    system.play("held-then-released").decides = False
    stated = client.put(f"{ONE}/transport-plan", json=PLAN).headers[position.POSITION]
    with served(app) as port, Asked(port, f"{ONE}?min_position={stated}", {"Prefer": "wait=30"}) as one:
        until(lambda: len(app.state.waiters) == 1)
        system.decide()
        coming = Thread(target=system.catch_up)
        coming.start()
        assert "EVER GIVEN" in one.until('"links"')
        coming.join()


def test_waiting_ends(app: FastAPI, client: Client, system: System, stated: str) -> None:
    with served(app) as port, Asked(port, f"{ONE}?min_position={stated}", {"Prefer": "wait=1"}) as one:
        assert one.until("behind").startswith("HTTP/1.1 503")


def test_one_of_another_epoch_is_over(app: FastAPI, client: Client, system: System, stated: str) -> None:
    app.state.stores.current = Store(1, system.store)
    answer = client.get(f"{ONE}?min_position={stated}")
    assert (answer.status_code, answer.json()["epoch"]) == (410, 1)


@pytest.mark.parametrize("bent", ["", "AAAA", "not-one", "kgCBAP8", "%C3%A4"])
def test_what_is_no_position_is_refused(client: Client, system: System, bent: str) -> None:
    system.play("held-then-released")
    answer = client.get(f"{ONE}?min_position={bent}")
    assert (answer.status_code, answer.json()["errors"][0]["name"]) == (422, "min_position")


def test_messages_that_are_brought_tell_it_of_every_partition(client: Client, system: System) -> None:
    messages = [one.data for one in system.arrivals_of("held-then-released")]
    parts = [("m", (f"{number}.xml", data)) for number, data in enumerate(messages)]
    told = client.post("/v1/messages", files=parts).headers[position.POSITION]
    [read] = position.read(told, 0)
    assert read.offsets == {number: len(records) - 1 for number, records in enumerate(system.log) if of_held(records)}
    refused = client.post("/v1/messages", files=[*parts, ("m", ("bad.xml", b"<no"))])
    assert (refused.status_code, bool(refused.headers[position.POSITION])) == (422, True)
