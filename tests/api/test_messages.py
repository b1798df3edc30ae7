"""The messages of a declaration: listed, given as they came, and what is answered where they cannot be."""

import re
from hashlib import sha256

import pytest
from tests.api.client import Client
from tests.api.system import RECORDINGS, System

HELD = "/v1/declarations/cn:unified:E20260004010000003"
UNKNOWN = "0" * 64
CAME = sorted((RECORDINGS / "held-then-released").glob("*.xml"))


def test_every_message_is_listed_once_in_the_order_of_reception(system: System, client: Client) -> None:
    system.play("held-then-released", "held-then-released")
    answered = client.get(f"{HELD}/messages")
    assert answered.status_code == 200
    body = answered.json()
    assert body["complete"]
    assert [one["message_id"] for one in body["messages"]] == [sha256(one.read_bytes()).hexdigest() for one in CAME]
    first = body["messages"][0]
    assert (first["format"], first["size"]) == ("DEC_RESULT", CAME[0].stat().st_size)
    assert first["organisation"] == "demo-broker"
    assert first["filed_under"] == "cn:unified:E20260004010000003"
    assert re.fullmatch(r"declaration-inputs:\d+:\d+", first["position"])
    assert first["shared"] is False
    assert body["messages"] == client.get("/v1/declarations/290120260650000003/messages").json()["messages"]


def test_a_message_is_given_as_it_came_and_a_browser_saves_it(system: System, client: Client) -> None:
    system.play("held-then-released")
    for listed, file in zip(client.get(f"{HELD}/messages").json()["messages"], CAME, strict=True):
        answered = client.get(listed["links"]["self"])
        assert answered.status_code == 200
        assert answered.content == file.read_bytes()
        assert answered.headers["Content-Type"] == "application/xml"
        assert answered.headers["X-Content-Type-Options"] == "nosniff"
        assert answered.headers["Content-Disposition"] == f'attachment; filename="{listed["message_id"]}.xml"'
        assert "Clearance-As-Of" in answered.headers


def test_a_message_of_several_declarations_is_marked(system: System, client: Client) -> None:
    system.play("uk-two-declarations-in-one-notification")
    every = client.get("/v1/declarations").json()["declarations"]
    shared = [
        {one["message_id"] for one in client.get(row["links"]["messages"]).json()["messages"] if one["shared"]}
        for row in every
    ]
    assert len(every) == 2
    assert shared[0] == shared[1] != set()


def test_what_the_tracker_refuses_is_not_listed(system: System, client: Client) -> None:
    system.play("held-then-released")
    assert client.get(f"{HELD}/messages/{UNKNOWN}").status_code == 404
    assert client.get(f"{HELD}/messages/nothing").status_code == 422
    assert client.get("/v1/declarations/nobody/messages").status_code == 404
    assert client.get(f"/v1/declarations/nobody/messages/{UNKNOWN}").status_code == 404


@pytest.mark.parametrize(
    ("what", "status", "slug"), [("away", 503, "message-unreachable"), ("purged", 410, "message-purged")]
)
def test_what_cannot_be_read_is_a_problem(system: System, client: Client, what: str, status: int, slug: str) -> None:
    system.play("held-then-released")
    setattr(system, what, True)
    listed = client.get(f"{HELD}/messages").json()["messages"]
    assert len(listed) == len(CAME)
    answered = client.get(listed[0]["links"]["self"])
    assert answered.status_code == status
    assert answered.json()["type"].endswith(slug)
    assert ("Retry-After" in answered.headers) == (status == 503)
