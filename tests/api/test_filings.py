"""A declaration as it was sent, with a key of scope `file`: it registers that filing, and is no way in anywhere."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from tests import messages
from tests.api.client import Client
from tests.api.system import System
from tests.api.test_admission import ISSUED, SECRET
from tests.api.test_isolation import through
from tests.api.test_problems import told

from clearance.access import gate as gate_module
from clearance.access.database import opened
from clearance.access.gate import Gate
from clearance.access.key_form import hash_of, new_key
from clearance.access.keys import Snapshot
from clearance.access.verdicts import Key
from clearance.events.receipts.routing import message_id
from clearance.settings import load

STORY, CLIENT = "technical-ack-in-time", "BRK202600000000049"
PRIMARY, ENTRY = "E20260004010000049", "290120260650000049"
OWN = f"cn:sender-client-seq:acme-broker/{CLIENT}"
NAMED = {
    "acme": ("connection:acme-broker",),
    "rival": ("connection:rival-broker", "connection:rival-second"),
    "none": ("uscc:91350100M000100Y43",),
}
SECRETS = {name: new_key() for name in (*NAMED, "reads")}
ORDERS = pytest.mark.parametrize("before", [True, False], ids=["before customs", "after customs"])


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    monkeypatch.setattr(gate_module, "CONFIRMED_SECONDS", 600)
    keys = {
        hash_of(SECRETS[name], SECRET): Key(name, "organisation", name, ("read", "command", "file"), ISSUED)
        for name in NAMED
    }
    reads = {hash_of(SECRETS["reads"], SECRET): Key("reads", "organisation", "acme", ("read", "command"), ISSUED)}
    return Gate(Snapshot(1, keys | reads, NAMED), SECRET)


@pytest.fixture(autouse=True)
def access(app: FastAPI, store: Engine) -> Iterator[Engine]:
    with opened(load(database_url=store.url.render_as_string(hide_password=False))) as engine:
        app.state.access = engine
        yield engine


def shows(name: str, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {SECRETS[name]}", **more}


def sent(own: str = CLIENT, **head: messages.Field) -> bytes:
    said: messages.Fields = {"AgentCode": "3301980099", "TradeCoScc": "91330108MA2ABCD0XM", "TradeName": "Acme", **head}
    return messages.declaration(said, {"OperType": "G", "ClientSeqNo": own})


def file(client: Client, name: str, message: bytes, sender: str = "", kind: str = "application/xml") -> httpx.Response:
    path = "/v1/registrations:file" + (f"?sender={sender}" if sender else "")
    return client.post(path, content=message, headers=shows(name, **{"Content-Type": kind}))


def ask(client: Client, name: str, path: str) -> httpx.Response:
    return client.get(path, headers=shows(name))


def everything(client: Client, name: str) -> list[Any]:
    """What an organisation sees of declarations, whichever way in it tries; freshness left out."""
    numbers = (PRIMARY, ENTRY, CLIENT, f"cn:unified:{PRIMARY}", OWN.replace("/", "~1"))
    paths = [f"/v1/declarations/{one}/timeline" for one in numbers]
    answers = [ask(client, name, path) for path in (*paths, "/v1/declarations", "/v1/anomalies?state=any")]
    return [(one.status_code, one.content) for one in answers]


def test_it_is_registered_under_its_own_number(client: Client, system: System) -> None:
    answer = file(client, "acme", message := sent())
    assert (answer.status_code, answer.json()["declaration"]) == (201, OWN)
    assert answer.json()["parties"] == {
        "agent": {"code": "3301980099"},
        "trade": {"scc": "91330108MA2ABCD0XM", "name": "Acme"},
    }
    assert answer.json()["message_id"] == message_id(message)
    found = ask(client, "acme", f"/v1/declarations/reference:{CLIENT}").json()
    assert (found["id"], found["status"]["code"]) == (OWN, "awaiting_first_message")
    assert not any(system.log)


def test_once_customs_has_answered_it_leads_there(client: Client, system: System) -> None:
    file(client, "acme", sent())
    system.take(through("acme-broker", STORY))
    found = ask(client, "acme", f"/v1/declarations/reference:{CLIENT}").json()
    assert found["id"] == f"cn:unified:{PRIMARY}"
    assert found["status"]["code"] != "awaiting_first_message"


def test_filed_again_it_keeps_references_and_labels(client: Client) -> None:
    file(client, "acme", sent())
    address, stated = f"/v1/declarations/{OWN.replace('/', '~1')}", {"references": ["PO-1"], "labels": ["spring"]}
    client.put(address, json=stated, headers=shows("acme"))
    answer = file(client, "acme", sent())
    assert (answer.status_code, answer.json()["labels"]) == (200, ["spring"])
    assert answer.json()["references"] == [CLIENT, "PO-1"]


@ORDERS
@pytest.mark.parametrize(
    "inside",
    [
        {},
        {"PreEntryId": PRIMARY},
        {"SeqNo": PRIMARY, "EntryId": ENTRY, "BillNo": "SYNB26030049"},
    ],
    ids=["client number", "pre-entry", "all"],
)
def test_a_stranger_gains_no_sight_and_changes_nothing(
    client: Client, system: System, before: bool, inside: dict[str, Any]
) -> None:
    """The same number of its own, and any that only a receipt can tell."""
    file(client, "acme", sent())
    if not before:
        system.take(through("acme-broker", STORY))
    seen, nothing, log = everything(client, "acme"), everything(client, "rival"), sum(map(len, system.log))
    answer = file(client, "rival", sent(**inside), sender="rival-broker")
    assert answer.json()["declaration"] == f"cn:sender-client-seq:rival-broker/{CLIENT}"
    assert (everything(client, "acme"), everything(client, "rival")) == (seen, nothing)
    assert sum(map(len, system.log)) == log
    if before:
        system.take(through("acme-broker", STORY))
        assert everything(client, "rival") == nothing


def test_another_sender_is_refused_alike_whether_or_not_there_is_one(client: Client) -> None:
    answers = [file(client, "rival", sent(), sender=one) for one in ("acme-broker", "nobody")]
    assert [one.status_code for one in answers] == [422, 422]
    assert answers[0].content == answers[1].content


@pytest.mark.parametrize(
    ("name", "message", "why"),
    [
        ("acme", messages.import_response(ResponseCode="0", ClientSeqNo=CLIENT, SeqNo=PRIMARY), "DecImportResponse"),
        ("acme", messages.dec_result(CUS_CIQ_NO=PRIMARY, CHANNEL="P"), "DEC_RESULT"),
        ("acme", sent(own="", SeqNo=PRIMARY), "ClientSeqNo"),
        ("acme", b"<DecMessage", "XML"),
        ("rival", sent(), "rival-broker, rival-second"),
        ("none", sent(), "the operator gives you one"),
    ],
    ids=["import response", "receipt", "no own number", "no XML", "several connections", "no connection"],
)
def test_what_proves_nothing_is_refused(client: Client, system: System, name: str, message: bytes, why: str) -> None:
    answer = file(client, name, message)
    assert answer.status_code == 422
    assert why in answer.json()["errors"][0]["message"]
    assert ask(client, name, "/v1/registrations").json()["registrations"] == []
    assert not any(system.log)


def test_it_asks_for_its_scope_and_its_type(client: Client) -> None:
    refused = file(client, "reads", sent())
    assert (refused.status_code, told(refused)["scope"]) == (403, "file")
    assert file(client, "acme", sent(), kind="application/json").status_code == 415


def test_without_keys_it_is_sent_by_ourselves(app: FastAPI) -> None:
    app.state.gate = None
    answer = Client(app).post("/v1/registrations:file", content=sent(), headers={"Content-Type": "text/xml"})
    assert answer.json()["declaration"] == f"cn:sender-client-seq:self/{CLIENT}"
