"""Messages that a trusted connection brings: in which forms, what becomes of each, and what a broken request costs."""

import asyncio
import base64
import json
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from tests.api.client import Client
from tests.api.system import System
from tests.api.test_admission import gate, shows
from tests.api.test_problems import told
from tests.edge.log import DECLARATION, RECEIVED, inputs, letters, receipt

from clearance.access.gate import Gate
from clearance.api import bundle, gateway
from clearance.api.gateway import OF_ALL, OF_ONE, Gateway
from clearance.api.problems import Problem
from clearance.api.words import Words
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.edge.append import open_edge
from clearance.events.log.input_records import InputRecord
from clearance.events.partition.replay import Arrival
from clearance.events.receipts.routing import message_id
from clearance.settings.clock import utc_now

XML = {"Content-Type": "application/xml"}
LINES = {"Content-Type": "application/x-ndjson"}
WHERE = "/v1/messages"
__all__ = ["gate"]


def logged(system: System) -> list[InputRecord]:
    """The messages in the log."""
    return [one for records in system.log for one in records if one.head["kind"] == "message"]


def line(data: bytes, **known: Any) -> str:
    return json.dumps({"base64": base64.b64encode(data).decode(), **known}) + "\n"


def bring(client: Client, content: Any = RECEIVED, headers: dict[str, str] = XML, **given: Any) -> httpx.Response:
    return client.post(WHERE, content=content, headers={**shows("brings"), **headers}, **given)


@pytest.mark.parametrize("said", ["application/xml", "text/xml; charset=utf-8", "application/octet-stream"])
def test_one_message_is_taken_as_it_came(client: Client, system: System, said: str) -> None:
    answer = bring(client, headers={"Content-Type": said})
    assert answer.status_code == 200
    [one] = answer.json()["messages"]
    assert (one["message_id"], one["declarations"]) == (message_id(RECEIVED), [DECLARATION])
    assert one["outcome"] == {"code": "accepted", "words": "accepted"}
    [record] = logged(system)
    assert (record.key, record.value, record.head["organisation"]) == (DECLARATION, RECEIVED, "acme")
    assert client.get(f"/v1/declarations/{DECLARATION}", headers=shows("ops")).json()["status"]["code"] == "received"


def test_who_brought_it_is_told_by_the_key_alone(client: Client, system: System) -> None:
    assert bring(client, line(RECEIVED, organisation="other"), LINES).status_code == 422
    assert bring(client, params={"organisation": "other"}).status_code == 422
    assert logged(system) == []


@pytest.mark.parametrize("name", ["reads", "commands", "ops"])
def test_no_tenant_and_no_operator_speaks_for_customs(client: Client, system: System, name: str) -> None:
    answer = client.post(WHERE, content=RECEIVED, headers={**shows(name), **XML})
    assert (answer.status_code, told(answer)["scope"]) == (403, "ingest")
    assert logged(system) == []


def test_several_parts_are_a_message_each(client: Client, system: System) -> None:
    files = [("a", ("1.xml", receipt(1))), ("b", ("报关.xml", receipt(2) + b"\r\n\r\n")), ("c", receipt(3))]
    answer = client.post(WHERE, files=files, headers=shows("brings"))
    assert [one["name"] for one in answer.json()["messages"]] == ["1.xml", "报关.xml", "upload"]
    assert {one.value for one in logged(system)} == {receipt(1), receipt(2) + b"\r\n\r\n", receipt(3)}


def test_mixed_parts_need_no_names(client: Client, system: System) -> None:
    parts = b"preamble\r\n--b \r\nContent-Type: application/xml\r\n\r\n%b\r\n--b\r\n\r\n%b\r\n--b--\r\nepilogue"
    answer = bring(client, parts % (receipt(1), receipt(2)), {"Content-Type": 'multipart/mixed; boundary="b"'})
    assert [one["outcome"]["code"] for one in answer.json()["messages"]] == ["accepted", "accepted"]
    assert {one.value for one in logged(system)} == {receipt(1), receipt(2)}


def test_lines_tell_what_is_known_beside_the_bytes(client: Client, system: System) -> None:
    text = json.dumps({"message": receipt(2).decode()})
    known = {"name": "x.xml", "received_at": "2026-03-02T09:00:00+08:00", "conversation_id": "c-1"}
    answer = bring(client, line(receipt(1), **known) + "\n" + text, LINES)
    assert answer.status_code == 200
    heads = {one.value: one.head for one in logged(system)}
    assert (heads[receipt(1)]["received-at"], heads[receipt(1)]["conversation-id"]) == ("2026-03-02T01:00:00Z", "c-1")
    assert "conversation-id" not in heads[receipt(2)]


def test_parameters_hold_for_every_message_that_says_nothing_else(client: Client, system: System) -> None:
    both = line(receipt(1), conversation_id="mine") + line(receipt(2))
    given = {"received_at": "2026-03-02T01:00:00Z", "system": "cn-epdp"}
    assert bring(client, both, {**LINES, "X-Conversation-ID": "c-2"}, params=given).status_code == 200
    heads = {one.value: one.head for one in logged(system)}
    assert [heads[receipt(n)]["conversation-id"] for n in (1, 2)] == ["mine", "c-2"]
    assert {(head["received-at"], head["system"]) for head in heads.values()} == {("2026-03-02T01:00:00Z", "cn-epdp")}
    assert bring(client, params={"system": "nobodys"}).status_code == 422


def test_nothing_comes_from_the_future(client: Client, system: System) -> None:
    assert bring(client, params={"received_at": "2098-01-01T00:00:00Z"}).status_code == 200
    assert logged(system)[0].head["received-at"] <= utc_now().isoformat()


def test_a_copy_is_accepted_and_changes_nothing(client: Client, system: System) -> None:
    bring(client)
    before = client.get(f"/v1/declarations/{DECLARATION}", headers=shows("ops")).headers["ETag"]
    assert bring(client).json()["messages"][0]["outcome"]["code"] == "accepted"
    assert client.get(f"/v1/declarations/{DECLARATION}", headers=shows("ops")).headers["ETag"] == before


def test_what_is_refused_says_why_and_the_others_are_taken(client: Client, system: System) -> None:
    answer = bring(client, line(receipt(1)) + line(b"<Nobody/>", name="n.xml") + line(receipt(2)), LINES)
    assert answer.status_code == 422
    body = told(answer)
    assert (body["type"].rpartition("/")[2], body["refused"], body["count"]) == ("messages-refused", 1, 3)
    assert [one["outcome"]["code"] for one in body["messages"]] == ["accepted", "refused", "accepted"]
    assert (body["messages"][1]["name"], body["messages"][1]["declarations"]) == ("n.xml", [])
    assert "Nobody" in body["messages"][1]["reason"]
    assert {one.value for one in logged(system)} == {receipt(1), receipt(2)}


def test_a_broker_that_goes_away_tells_which_it_has(client: Client, system: System) -> None:
    system.taken_before_away = 2
    answer = bring(client, "".join(line(receipt(n)) for n in range(4)), LINES)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    body = told(answer)
    assert body["missing"] == 2
    codes = [one["outcome"]["code"] for one in body["messages"]]
    assert codes == ["accepted", "accepted", "unacknowledged", "unacknowledged"]
    assert {one.value for one in logged(system)} == {receipt(0), receipt(1)}


def test_messages_are_taken_while_the_store_is_away(client: Client, system: System) -> None:
    system.decides = False
    answer = bring(client)
    assert "Clearance-As-Of" not in answer.headers
    system.store.dispose()
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("said", "body", "name"),
    [
        ("application/xml", b"", "body"),
        ("application/x-ndjson", b"\n\n", "body"),
        ("application/x-ndjson", b'{"message": "<a/>"}\n{', "line 2"),
        ("application/x-ndjson", b'{"message": "<a/>", "base64": "AAAA"}', "line 1"),
        ("application/x-ndjson", b'{"base64": "???"}', "line 1"),
        ("application/x-ndjson", b'{"message": "<a/>", "received_at": "2026-03-02T01:00:00"}', "line 1"),
        ("application/x-ndjson", b'{"message": "<a/>", "received_at": "1996-03-02T01:00:00Z"}', "line 1"),
        ("application/x-ndjson", b'{"message": "<a/>", "conversation_id": " "}', "line 1"),
        ("application/x-ndjson", b'{"message": "<a/>", "nmae": "x"}', "line 1"),
        ("application/x-ndjson", b"{}\n" * 1001, "line 1"),
        ("multipart/form-data", b"--b\r\n\r\n<a/>\r\n--b--", "body"),
        ("multipart/form-data; boundary=b", b"", "body"),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\n<a/>\r\n--b", "body"),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\n<a/>\r\n", "body"),
        ("multipart/form-data; boundary=b", b"--b\r\nContent-Type: a/b\r\n--b--", "part 1"),
        ("multipart/form-data; boundary=b", b"--bc\r\n\r\n<a/>\r\n--b--", "part 1"),
        ("multipart/mixed; boundary=b", b"--b\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--b--", "part 1"),
        ("multipart/mixed; boundary=b", b"--b--", "body"),
    ],
)
def test_of_a_body_that_cannot_be_read_nothing_is_taken(
    client: Client, system: System, said: str, body: bytes, name: str
) -> None:
    answer = bring(client, body, {"Content-Type": said})
    assert (answer.status_code, told(answer)["errors"][0]["name"]) == (422, name)
    assert logged(system) == []


def test_a_request_holds_a_bounded_number_of_messages(client: Client, system: System, monkeypatch: Any) -> None:
    monkeypatch.setattr(bundle, "MOST", 3)
    many = b"".join(b"--b\r\n\r\n%b\r\n" % receipt(n) for n in range(4)) + b"--b--"
    lines = "".join(line(receipt(n)) for n in range(4)).encode()
    for content, said in ((lines, LINES["Content-Type"]), (many, "multipart/mixed; boundary=b")):
        answer = bring(client, content, {"Content-Type": said})
        assert (answer.status_code, told(answer)["errors"][0]["name"]) == (422, "body")
    assert logged(system) == []


@pytest.mark.parametrize("headers", [{"Content-Type": "application/json"}, {**XML, "Content-Encoding": "gzip"}, {}])
def test_another_type_is_told_which_are_taken(client: Client, system: System, headers: dict[str, str]) -> None:
    answer = bring(client, headers=headers)
    assert (answer.status_code, told(answer)["type"].rpartition("/")[2]) == (415, "message-media-type")
    assert "Accept" in answer.headers or "Accept-Encoding" in answer.headers
    assert logged(system) == []


def test_a_body_is_larger_than_that_of_a_command_and_bounded(client: Client, system: System) -> None:
    assert bring(client, RECEIVED + b" " * (2 << 20)).status_code == 422
    answer = bring(client, b" " * (8 << 20) + RECEIVED)
    assert (answer.status_code, told(answer)["limit"]) == (413, 8 << 20)


def test_who_leaves_before_the_end_brings_nothing(app: FastAPI, system: System) -> None:
    came = [{"type": "http.request", "body": RECEIVED, "more_body": True}, {"type": "http.disconnect"}]

    async def receive() -> Any:
        return came.pop(0)

    async def send(message: Any) -> None:
        assert message["type"] != "http.response.start" or message["status"] == 400

    headers = [(name.lower().encode(), value.encode()) for name, value in {**shows("brings"), **XML}.items()]
    scope = {"type": "http", "method": "POST", "path": WHERE, "raw_path": WHERE.encode(), "query_string": b""}
    asyncio.run(app({**scope, "headers": [(b"host", b"localhost"), *headers]}, receive, send))
    assert logged(system) == []


def test_a_connection_is_held_to_requests_under_way_and_holds_up_nobody_else(system: System) -> None:
    held = Gateway(system)
    with ExitStack() as stack:
        for _ in range(OF_ONE):
            stack.enter_context(held.place("acme"))
        with pytest.raises(Problem) as refused:
            stack.enter_context(held.place("acme"))
        assert (refused.value.slug, refused.value.status_code) == ("too-many-under-way", 429)
        for number in range(OF_ALL - OF_ONE):
            stack.enter_context(held.place(str(number)))
        with pytest.raises(Problem) as full:
            stack.enter_context(held.place("another"))
        assert full.value.slug == "busy"
    with held.place("acme"):
        assert held._under_way == {"acme": 1}


def test_without_keys_it_is_brought_by_ourselves(app: FastAPI, system: System) -> None:
    app.state.gate = None
    assert Client(app).post(WHERE, content=RECEIVED, headers=XML).status_code == 200
    assert logged(system)[0].head["organisation"] == "self"


def test_what_came_is_noted(client: Client, gate: Gate) -> None:  # the fixture
    bring(client)
    assert [(one.name, one.route, one.status) for one in gate.audit._waiting] == [("acme", WHERE, 200)]


def arrivals(*data: bytes) -> list[Arrival]:
    return [Arrival(name=f"{n}.xml", at=utc_now(), data=one, organisation="acme") for n, one in enumerate(data)]


def test_through_kafka_what_is_answered_is_there(embedded_broker: EmbeddedBroker) -> None:
    brought = arrivals(receipt(1), b"<Nobody/>", *(receipt(n) for n in range(2, 2 * gateway.AT_ONCE)))

    async def work() -> Problem:
        async with open_edge(embedded_broker.bootstrap) as edge:
            with pytest.raises(Problem) as refused:
                await Gateway(edge).take(brought, Words("en"), 0)
            return refused.value

    refused = asyncio.run(work())
    assert refused.slug == "messages-refused"
    taken = [one["message_id"] for one in refused.members["messages"] if one["outcome"]["code"] == "accepted"]
    assert sorted(taken) == sorted(message_id(one.value) for one in inputs(embedded_broker.bootstrap))
    [letter] = letters(embedded_broker.bootstrap)
    assert (letter.original, letter.stage) == (b"<Nobody/>", "edge")
    told_of = refused.members["messages"][2]
    assert told_of["declarations"] == ["cn:unified:E20260000000000002"]


def test_a_broker_that_says_nothing_is_not_waited_for(
    embedded_broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "SECONDS", 0.3)

    async def work() -> Problem:
        async with open_edge(embedded_broker.bootstrap) as edge:
            embedded_broker.stop()
            with pytest.raises(Problem) as lost:
                await Gateway(edge).take(arrivals(receipt(1), receipt(2)), Words("en"), 0)
            return lost.value

    lost = asyncio.run(work())
    assert (lost.slug, lost.members["missing"]) == ("messages-unacknowledged", 2)
