"""Commands through the log: what the tracker makes of them, and what the API says meanwhile."""

import asyncio
from typing import Any

import msgspec
import pytest
from tests.api.client import Client
from tests.api.system import System
from tests.helpers.arrivals import receipt, unified

from clearance.events.log.input_records import InputRecord, read_input
from clearance.events.log.inputs import Command
from clearance.kafka.places import Place
from clearance.metrics.declared import API
from clearance.settings.tables import default_tables

HELD = "cn:unified:E20260004010000003"
PLAN = {"cut_off_at": "2026-03-04T20:00:00+08:00", "vessel": "EVER GIVEN", "voyage": "026W"}
PLAN_OF_HELD = f"/v1/declarations/{HELD}/transport-plan"


def commands(system: System) -> list[tuple[str, Command]]:
    """What was appended, as the tracker reads it."""
    found = [(record.key, read_input(record, default_tables())) for records in system.log for record in records]
    return [(key, given) for key, given in found if isinstance(given, Command)]


def test_a_stated_plan_is_accepted_and_shown(client: Client, system: System) -> None:
    system.play("held-then-released")
    answer = client.put(PLAN_OF_HELD, json=PLAN, headers={"Idempotency-Key": "plan-1"})
    assert answer.status_code == 200
    assert answer.json()["command_id"] == "plan-1"
    assert answer.json()["outcome"] == {"code": "accepted", "words": "accepted"}
    shown = client.get(answer.json()["links"]["declaration"]).json()["transport_plan"]
    assert shown == {
        "cut_off_at": "2026-03-04T12:00:00Z",
        "arrived_at": None,
        "departure_at": None,
        "vessel": "EVER GIVEN",
        "voyage": "026W",
    }
    assert client.get("/v1/commands/plan-1").json() == answer.json()


def test_a_plan_replaces_the_one_before_it(client: Client, system: System) -> None:
    system.play("held-then-released")
    client.put(PLAN_OF_HELD, json=PLAN)
    client.put(PLAN_OF_HELD, json={"departure_at": "2026-03-05T00:00:00Z"})
    shown = client.get(f"/v1/declarations/{HELD}").json()["transport_plan"]
    assert (shown["departure_at"], shown["cut_off_at"], shown["vessel"]) == ("2026-03-05T00:00:00Z", None, "")


def test_a_command_goes_into_the_log_as_its_contract_says(client: Client, system: System) -> None:
    system.play("held-then-released")
    client.put("/v1/declarations/290120260650000003/transport-plan", json=PLAN)
    [(key, command)] = commands(system)
    assert key == HELD
    assert command.statement.kind == "transport_plan"
    assert command.statement.body == {**PLAN, "cut_off_at": "2026-03-04T12:00:00Z"}


@pytest.mark.parametrize("number", ["cn:unified:E20260004010000077", "E20260004010000078", "cn:bill:X"])
def test_a_plan_for_a_number_that_nobody_knows_makes_no_declaration(
    client: Client, system: System, number: str
) -> None:
    answer = client.put(f"/v1/declarations/{number}/transport-plan", json=PLAN)
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (404, "unknown-number")
    assert commands(system) == []


def test_a_plan_is_read_where_it_is_stated(client: Client, system: System) -> None:
    system.play("held-then-released")
    nothing = client.get(PLAN_OF_HELD)
    assert {*nothing.json().values()} == {None, ""}
    client.put(PLAN_OF_HELD, json=PLAN)
    stated = client.get(PLAN_OF_HELD)
    assert stated.json() == client.get(f"/v1/declarations/{HELD}").json()["transport_plan"]
    assert stated.headers["ETag"] != nothing.headers["ETag"]
    assert client.get("/v1/declarations/unknown/transport-plan").status_code == 404
    assert client.request("DELETE", PLAN_OF_HELD).headers["Allow"] == "GET, HEAD, PUT"


def test_a_plan_made_from_an_older_one_is_refused(client: Client, system: System) -> None:
    system.play("held-then-released")
    before = client.get(PLAN_OF_HELD).headers["ETag"]
    assert client.put(PLAN_OF_HELD, json=PLAN, headers={"If-Match": before}).status_code == 200
    refused = client.put(PLAN_OF_HELD, json={"vessel": "OTHER"}, headers={"If-Match": before})
    now = client.get(PLAN_OF_HELD).headers["ETag"]
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (412, "plan-changed")
    assert refused.headers["ETag"] == now
    for tags in (now, f'"x", {now}', "*"):
        assert client.put(PLAN_OF_HELD, json=PLAN, headers={"If-Match": tags}).status_code == 200


def test_what_the_tracker_refuses_is_refused_with_its_reason(client: Client, system: System) -> None:
    system.play("export-green")
    [row] = client.get("/v1/declarations").json()["declarations"]
    answer = client.put(f"/v1/declarations/{row['id']}/transport-plan", json=PLAN, headers={"Idempotency-Key": "k"})
    assert answer.status_code == 409
    body = answer.json()
    assert body["type"] == "/problems/command-refused"
    assert body["reason"] == "the declaration has ended: closed"
    assert body["reason"] in body["detail"]
    assert client.get("/v1/commands/k").json()["outcome"]["code"] == "refused"
    assert (
        client.put(
            f"/v1/declarations/{row['id']}/transport-plan", json=PLAN, headers={"Idempotency-Key": "k"}
        ).status_code
        == 409
    )
    assert len(commands(system)) == 1


def test_an_acknowledged_anomaly_of_a_lasting_rule_closes(client: Client, system: System) -> None:
    system.play("unknown-code-kept")
    [one] = client.get("/v1/anomalies?rule=A20").json()["anomalies"]
    answer = client.post(one["links"]["acknowledge"], headers={"Idempotency-Key": "ack-1"})
    assert (answer.status_code, answer.json()["outcome"]["code"]) == (200, "accepted")
    after = client.get(one["links"]["self"]).json()
    assert (after["state"]["code"], after["acknowledged_by"]) == ("acknowledged", "ack-1")
    again = client.post(one["links"]["acknowledge"])
    assert (again.status_code, again.json()["reason"]) == (409, "no such anomaly is open")


def test_a_question_that_is_answered_by_hand_is_open_no_more(client: Client, system: System) -> None:
    system.play("uk-query-beside-inspection-and-tax")
    [row] = client.get("/v1/declarations").json()["declarations"]
    address = f"/v1/declarations/{row['id']}/answer-query"
    answer = client.post(address, headers={"Idempotency-Key": "answer-1"})
    assert (answer.status_code, answer.json()["outcome"]["code"]) == (200, "accepted")
    [(key, command)] = commands(system)
    assert (key, command.statement.kind, command.statement.body) == (row["id"], "answer_query", {})
    shown = client.get(f"/v1/declarations/{row['id']}").json()
    assert "query_raised" not in {flag["code"] for flag in shown["flags"]}
    assert client.get("/v1/anomalies?rule=A10&state=open").json()["anomalies"] == []
    again = client.post(address)
    assert (again.status_code, again.json()["reason"]) == (409, "no question that it could answer is open")
    assert client.post(address, headers={"Idempotency-Key": "answer-1"}).json() == answer.json()


def test_nothing_is_answered_for_a_number_that_nobody_knows(client: Client, system: System) -> None:
    assert client.post("/v1/declarations/uk:mrn:26GBSYN00000099999/answer-query").status_code == 404
    assert commands(system) == []


def test_an_anomaly_that_nobody_knows_cannot_be_acknowledged(client: Client, system: System) -> None:
    assert client.post(f"/v1/anomalies/{'f' * 24}/acknowledge").status_code == 404
    assert commands(system) == []


def test_a_command_that_is_not_decided_in_time_is_pending(client: Client, system: System) -> None:
    system.play("held-then-released")
    system.decides = False
    answer = client.put(PLAN_OF_HELD, json=PLAN)
    assert answer.status_code == 202
    assert answer.json()["outcome"] == {"code": "pending", "words": "not yet decided"}
    where = answer.headers["Location"]
    assert where == answer.json()["links"]["self"]
    meanwhile = client.get(where)
    assert (meanwhile.status_code, meanwhile.json()) == (200, answer.json())
    system.decide()
    assert client.get(where).json()["outcome"]["code"] == "accepted"


def test_a_command_that_is_decided_while_the_client_waits_is_answered_at_once(client: Client, system: System) -> None:
    system.play("held-then-released")

    class Slow:
        async def append(self, record: InputRecord) -> Place:
            system.decides = False
            placed = await system.append(record)
            asyncio.get_running_loop().call_later(0.05, system.decide)
            return placed

    client.app.state.clerk._log = Slow()
    assert client.put(PLAN_OF_HELD, json=PLAN).status_code == 200


def test_a_result_of_another_declaration_is_not_taken_for_its_own(client: Client, system: System) -> None:
    system.play("held-then-released", "export-green")

    class Elsewhere:
        async def append(self, record: InputRecord) -> Place:
            return await system.append(msgspec.structs.replace(record, key="cn:unified:E20260004010000077"))

    client.app.state.clerk._log = Elsewhere()
    assert client.put(PLAN_OF_HELD, json=PLAN).status_code == 202


def test_the_same_command_sent_again_takes_effect_once(client: Client, system: System) -> None:
    system.play("held-then-released")
    same: dict[str, Any] = {"json": PLAN, "headers": {"Idempotency-Key": "plan-1"}}
    first, again = client.put(PLAN_OF_HELD, **same), client.put(PLAN_OF_HELD, **same)
    assert again.json() == first.json()
    assert len(commands(system)) == 1


def test_a_pending_command_sent_again_takes_effect_once(client: Client, system: System) -> None:
    system.play("held-then-released")
    before = client.get(f"/v1/declarations/{HELD}").headers["ETag"]
    system.decides = False
    same: dict[str, Any] = {"json": PLAN, "headers": {"Idempotency-Key": "plan-1"}}
    assert [client.put(PLAN_OF_HELD, **same).status_code for _ in range(2)] == [202, 202]
    system.decide()
    after = client.get(f"/v1/declarations/{HELD}").headers["ETag"]
    assert client.put(PLAN_OF_HELD, **same).status_code == 200
    assert client.get(f"/v1/declarations/{HELD}").headers["ETag"] == after != before


@pytest.mark.parametrize(
    "other",
    [(PLAN_OF_HELD, {"vessel": "OTHER"}), ("/v1/declarations/uk:mrn:26GBSYN00000000056/transport-plan", PLAN)],
)
def test_an_id_used_for_something_else_is_refused(client: Client, system: System, other: tuple[str, Any]) -> None:
    system.play("held-then-released", "uk-export-exits")
    key = {"Idempotency-Key": "plan-1"}
    client.put(PLAN_OF_HELD, json=PLAN, headers=key)
    answer = client.put(other[0], json=other[1], headers=key)
    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/command-id-reused"
    assert len(commands(system)) == 1


def test_an_id_used_for_something_else_is_refused_while_the_first_is_pending(client: Client, system: System) -> None:
    system.play("held-then-released")
    system.decides = False
    key = {"Idempotency-Key": "plan-1"}
    assert client.put(PLAN_OF_HELD, json=PLAN, headers=key).status_code == 202
    answer = client.put(PLAN_OF_HELD, json={"vessel": "OTHER"}, headers=key)
    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/command-id-reused"
    assert len(commands(system)) == 1


def test_an_id_used_for_something_else_is_refused_before_the_store_shows_what_it_said(
    client: Client, system: System
) -> None:
    system.play("held-then-released")
    system.hold_states = True  # the result comes with an event, and what was stated with the state behind it
    key = {"Idempotency-Key": "plan-1"}
    assert client.put(PLAN_OF_HELD, json=PLAN, headers=key).status_code == 200
    answer = client.put(PLAN_OF_HELD, json={"vessel": "OTHER"}, headers=key)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/command-id-reused")
    assert client.put(PLAN_OF_HELD, json=PLAN, headers=key).status_code == 200
    assert len(commands(system)) == 1


def test_a_command_that_did_not_reach_the_log_is_not_pending(client: Client, system: System) -> None:
    system.play("held-then-released")
    system.away = True
    assert client.put(PLAN_OF_HELD, json=PLAN, headers={"Idempotency-Key": "plan-1"}).status_code == 503
    assert client.get("/v1/commands/plan-1").status_code == 404


def test_an_id_in_quotes_is_the_same_id(client: Client, system: System) -> None:
    system.play("held-then-released")
    first = client.put(PLAN_OF_HELD, json=PLAN, headers={"Idempotency-Key": '"plan-1"'})
    again = client.put(PLAN_OF_HELD, json=PLAN, headers={"Idempotency-Key": "plan-1"})
    assert first.json() == again.json()
    assert first.json()["command_id"] == "plan-1"
    assert len(commands(system)) == 1


def test_a_command_repeated_after_its_number_was_merged_is_the_same_command(client: Client, system: System) -> None:
    system.take([receipt("L", entry="290120260650000031")])
    same: dict[str, Any] = {"json": PLAN, "headers": {"Idempotency-Key": "plan-1"}}
    first = client.put("/v1/declarations/290120260650000031/transport-plan", **same)
    assert first.json()["declaration"] == "cn:entry:290120260650000031"
    system.take([receipt("J", 5, seq=unified(31), entry="290120260650000031")])
    again = client.put("/v1/declarations/290120260650000031/transport-plan", **same)
    assert (again.status_code, again.json()["outcome"]["code"]) == (200, "accepted")
    assert client.get("/v1/declarations/290120260650000031").json()["transport_plan"]["vessel"] == "EVER GIVEN"


def test_a_broker_that_is_away_is_said_so_and_when_to_try_again(client: Client, system: System) -> None:
    system.play("held-then-released")
    system.away = True
    answer = client.put(PLAN_OF_HELD, json=PLAN, headers={"Idempotency-Key": "plan-1"})
    assert answer.status_code == 503
    assert answer.json()["type"] == "/problems/log-unreachable"
    assert answer.json()["command_id"] == "plan-1"
    assert int(answer.headers["Retry-After"]) > 0
    assert client.get(f"/v1/declarations/{HELD}").status_code == 200


def test_a_plan_for_a_number_of_several_declarations_lists_them(client: Client, system: System) -> None:
    system.play("one-entry-number-two-declarations")
    answer = client.put("/v1/declarations/290120261650000028/transport-plan", json=PLAN)
    assert (answer.status_code, len(answer.json()["declarations"])) == (300, 2)


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"departure_at": "2026-03-05T00:00:00"}, "departure_at"),
        ({"departure_at": "tomorrow"}, "departure_at"),
        ({"departure_at": 1772600000}, "departure_at"),
        ({"departure_at": "2026-03-05T00:00:00Z", "arrived_at": "2026-03-05T00:00:01Z"}, "departure_at"),
        ({"departure_at": "1999-03-05T00:00:00Z"}, "departure_at"),
        ({"vessel": "x" * 101}, "vessel"),
        ({"vessel": "EVER\x00GIVEN"}, "vessel"),
        ({"ship": "EVER GIVEN"}, "ship"),
        ([], "body"),
    ],
)
def test_a_plan_that_cannot_be_one_is_refused_by_field(client: Client, system: System, body: object, name: str) -> None:
    answer = client.put(PLAN_OF_HELD, json=body)
    assert (answer.status_code, answer.json()["names"]) == (422, name)
    assert commands(system) == []


@pytest.mark.parametrize("key", ["", "a b", "x" * 101, "a/b", "é", '""', '"a', '"a"b"'])
def test_a_command_id_that_no_address_could_hold_is_refused(client: Client, key: str) -> None:
    answer = client.put(PLAN_OF_HELD, json={}, headers={"Idempotency-Key": key.encode()})
    assert (answer.status_code, answer.json()["names"]) == (422, "idempotency-key")


def test_commands_are_counted_by_what_became_of_them(client: Client, system: System) -> None:
    assert "clearance_commands_total" in {metric.name for metric in API}
    system.play("held-then-released")
    client.put(PLAN_OF_HELD, json=PLAN)
    system.away = True
    client.put(PLAN_OF_HELD, json=PLAN)
    text = client.get("/metrics").text
    assert 'clearance_commands_total{kind="transport_plan",outcome="accepted"} 1.0' in text
    assert 'clearance_commands_total{kind="transport_plan",outcome="unavailable"} 1.0' in text


def test_a_command_that_takes_no_fields_refuses_some(system: System, client: Client) -> None:
    system.play("held-then-released")
    path = f"/v1/declarations/{HELD}/answer-query"
    before = sum(map(len, system.log))
    answer = client.post(path, json={"note": "x"})
    assert (answer.status_code, answer.json()["names"]) == (422, "body")
    assert sum(map(len, system.log)) == before
    assert client.post(path, json={}).status_code in (200, 409)


def test_an_unknown_field_of_a_plan_is_named(system: System, client: Client) -> None:
    system.play("held-then-released")
    answer = client.put(f"/v1/declarations/{HELD}/transport-plan", json={"vesel": "X"})
    assert (answer.status_code, answer.json()["names"]) == (422, "vesel")
