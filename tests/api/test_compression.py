"""Answers are compressed for who takes it, and what a client holds stays known by its tag."""

import pytest
from tests.api.client import Client
from tests.api.system import System

HELD = "/v1/declarations/cn:unified:E20260004010000003"
GZIP = {"Accept-Encoding": "br;q=1, GZIP;q=0.5"}


@pytest.fixture(autouse=True)
def filled(system: System) -> None:
    system.play("held-then-released")


def test_what_is_compressed_says_the_same(client: Client) -> None:
    plain, zipped = client.get(HELD), client.get(HELD, headers=GZIP)
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert zipped.json() == plain.json()
    assert int(zipped.headers["Content-Length"]) < len(plain.content)
    for answer in (plain, zipped):
        assert {"Accept-Encoding", "Accept-Language"} <= {*answer.headers["Vary"].split(", ")}


@pytest.mark.parametrize("taken", ["", "identity", "br", "gzip;q=0", "gzip; q=0.000", "xgzip"])
def test_who_does_not_take_it_gets_it_plain(client: Client, taken: str) -> None:
    answer = client.get(HELD, headers={"Accept-Encoding": taken})
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["ETag"].startswith('"')


def test_small_answers_and_those_without_a_body_are_left_as_they_are(client: Client) -> None:
    assert "Content-Encoding" not in client.get("/healthz", headers=GZIP).headers
    held = client.get(HELD, headers=GZIP).headers["ETag"]
    unchanged = client.get(HELD, headers={**GZIP, "If-None-Match": held})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert "Content-Encoding" not in unchanged.headers


def test_a_tag_of_compressed_bytes_is_weak_and_known_in_both_forms(client: Client) -> None:
    strong, weak = client.get(HELD).headers["ETag"], client.get(HELD, headers=GZIP).headers["ETag"]
    assert weak == f"W/{strong}"
    for encoding in ({}, GZIP):
        for tag in (strong, weak):
            answer = client.get(HELD, headers={**encoding, "If-None-Match": tag})
            assert (answer.status_code, answer.headers["ETag"]) == (304, tag)


def test_a_head_is_what_get_would_have_said(client: Client) -> None:
    head, get = (client.request(method, HELD, headers=GZIP) for method in ("HEAD", "GET"))
    assert head.content == b""
    for name in ("Content-Length", "Content-Encoding", "ETag", "Vary"):
        assert head.headers[name] == get.headers[name]
