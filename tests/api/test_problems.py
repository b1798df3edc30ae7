"""Every refusal is an RFC 9457 problem, in the language asked for, and nothing of ours is told."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI
from tests.api.client import Client
from tests.api.system import System

from clearance.api import problems
from clearance.api.app import LARGEST_BODY
from clearance.api.examples import PROBLEM_MEMBERS

PLAN = "/v1/declarations/cn:unified:E20260004010000003/transport-plan"


def told(answer: Any) -> dict[str, Any]:
    """The body of a problem, after checking its form."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == answer.status_code
    assert body["type"].startswith(f"{problems.PAGES}/")
    assert body["title"]
    assert body["detail"]
    return body


@pytest.mark.parametrize("slug", sorted(problems.problem_rows()))
def test_every_problem_can_be_told_in_both_languages(slug: str) -> None:
    members = PROBLEM_MEMBERS.get(slug, {})
    english, chinese = (problems.body(slug, language, **members) for language in ("en", "zh"))
    assert english["type"] == chinese["type"]
    assert english["title"] != chinese["title"]
    assert not re.search(r"[{}]", english["detail"] + chinese["detail"])


@pytest.mark.parametrize(
    "path", ["/v1", "/v1/", "/v1/nothing", "/v1/declarations/", "/v1/declarations/a/b", "/nothing"]
)
def test_an_address_that_is_not_there_is_a_problem(client: Client, path: str) -> None:
    assert told(client.get(path))["type"].endswith("/unknown-route")


@pytest.mark.parametrize("method", ["POST", "DELETE", "PATCH"])
def test_a_method_that_is_not_allowed_says_which_are(client: Client, method: str) -> None:
    answer = client.request(method, "/v1/declarations/x")
    assert told(answer)["type"].endswith("/method-not-allowed")
    assert answer.headers["Allow"] == "GET, HEAD, PUT"


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/v1/declarations?limit=0", "limit"),
        ("/v1/declarations?limit=501", "limit"),
        ("/v1/declarations?limit=many", "limit"),
        ("/v1/declarations?status=gone", "status"),
        ("/v1/declarations?label=a&label=b", "label"),
        ("/v1/declarations?office=2901&office=2901", "office"),
        ("/v1/declarations?group=x&direction=up", "group, direction"),
        ("/v1/declarations?in_progress=perhaps", "in_progress"),
        ("/v1/declarations?office=%00", "office"),
        ("/v1/declarations?updated_since=2026-03-01T00:00:00", "updated_since"),
        ("/v1/declarations?updated_since=1e30", "updated_since"),
        ("/v1/declarations?updated_since=9999-12-31T23:59:59Z", "updated_since"),
        ("/v1/declarations?cursor=a%20b", "cursor"),
        ("/v1/anomalies?state=shut", "state"),
        ("/v1/anomalies?rule=A99", "rule"),
        ("/v1/anomalies?severity=mild", "severity"),
        ("/v1/anomalies/xyz", "anomaly"),
        ("/v1/clearance-times?by=colour", "by"),
        ("/v1/declarations/%00", "number"),
        ("/v1/declarations/%FF%FE", "number"),
        (f"/v1/declarations/{'9' * 201}", "number"),
        ("/v1/declarations/x/timeline?as_of=today", "as_of"),
        ("/v1/commands/a%20b", "command_id"),
    ],
)
def test_a_bad_parameter_is_named(client: Client, path: str, names: str) -> None:
    body = told(client.get(path))
    assert (body["status"], body["names"]) == (422, names)
    assert {one["name"] for one in body["errors"]} == set(names.split(", "))
    assert names in body["detail"]


@pytest.mark.parametrize("zone", ["+08:00", "+00:00"])
def test_a_plus_that_became_a_blank_is_told_as_that(client: Client, zone: str) -> None:
    time = "2026-03-01T00:00:00"
    body = told(client.get(f"/v1/declarations?updated_since={time}{zone}"))
    assert "write + as %2B" in body["errors"][0]["message"]
    assert client.get("/v1/declarations", params={"updated_since": time + zone}).status_code == 200


def test_what_is_no_time_is_told_in_plain_words(client: Client) -> None:
    body = told(client.get("/v1/declarations?updated_since=yesterday"))
    assert [one["message"] for one in body["errors"]] == ["it is not a time: write it as 2026-03-01T09:30:00Z"]


def test_problems_are_chinese_for_who_asks_in_chinese(client: Client) -> None:
    answer = client.get("/v1/declarations?limit=0", headers={"Accept-Language": "zh"})
    assert answer.headers["Content-Language"] == "zh"
    assert told(answer)["title"] == "参数无效"


@pytest.mark.parametrize(
    "body", [b"{", b"\xff\xfe", b'{"vessel": "\\ud800"}', b"[" * 100_000, b'{"vessel": 1e999}', b"1" * 5000]
)
def test_a_body_that_is_no_plan_is_a_problem(client: Client, body: bytes) -> None:
    answer = client.put(PLAN, content=body, headers={"Content-Type": "application/json"})
    assert told(answer)["status"] in (400, 422)


def test_a_body_that_is_too_large_is_refused_by_its_stated_length(client: Client) -> None:
    body = told(client.put(PLAN, content=b" " * (LARGEST_BODY + 1), headers={"Content-Type": "application/json"}))
    assert (body["status"], body["limit"]) == (413, LARGEST_BODY)


def test_a_content_length_of_thousands_of_digits_is_refused(client: Client) -> None:
    answer = client.put(PLAN, content=b"{}", headers={"Content-Length": "9" * 5000})
    assert told(answer)["status"] == 413


def test_a_body_that_is_too_large_is_refused_when_it_has_come_that_far(client: Client) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(64):
            sent += 65_536
            yield b" " * 65_536

    answer = client.put(PLAN, content=endless(), headers={"Content-Type": "application/json"})
    assert told(answer)["status"] == 413
    assert sent <= LARGEST_BODY + 65_536


def test_a_body_of_exactly_the_limit_is_read(client: Client, system: System) -> None:
    system.play("held-then-released")
    body = b"{}" + b" " * (LARGEST_BODY - 2)
    assert client.put(PLAN, content=body, headers={"Content-Type": "application/json"}).status_code == 200


def test_an_error_of_ours_tells_an_id_and_nothing_else(
    app: FastAPI, client: Client, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr("clearance.api.lookup.the_one", broken)
    answer = client.get("/v1/declarations/x")
    body = told(answer)
    assert body["type"].endswith("/internal-error")
    assert "secret" not in json.dumps(body)
    logged = capsys.readouterr().out
    assert body["error_id"] in logged
    assert "secret inside" in logged
    assert "Clearance-Lag-Seconds" in answer.headers


def test_a_store_that_is_gone_is_said_so(client: Client, system: System) -> None:
    system.lose_the_store()
    answer = client.get("/v1/declarations/x")
    body = told(answer)
    assert (body["status"], body["state"]) == (503, "broken")
    assert int(answer.headers["Retry-After"]) > 0
    assert "sqlite" not in json.dumps(body)


FOREIGN = re.compile(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}")
"""Three words of English in a row."""
REFUSED = [
    "limit=0", "limit=9999", "limit=x", "limit=1&limit=2", "status=held", "group=x", "direction=x", "in_progress=x",
    "cursor=x", "updated_since=2026-03-01", "updated_since=1999-03-01T00:00:00Z", "updated_since=x",
    "updated_since=2026-03-01T00:00:00+00:00", "format=pdf", "nosuch=1", "office=" + "9" * 41, "office=%07",
]  # fmt: skip


@pytest.mark.parametrize("query", REFUSED)
def test_what_is_wrong_with_a_value_is_said_in_the_language_asked_for(client: Client, query: str) -> None:
    [one] = client.get(f"/v1/declarations?{query}", headers={"Accept-Language": "zh"}).json()["errors"]
    assert any("\u4e00" <= letter <= "\u9fff" for letter in one["message"])
    assert not FOREIGN.search(one["message"])
    [one] = client.get(f"/v1/declarations?{query}").json()["errors"]
    assert one["message"].isascii()
    assert "Input should" not in one["message"]


def test_a_value_of_a_closed_set_is_answered_with_the_set(client: Client) -> None:
    [one] = client.get("/v1/declarations?status=held").json()["errors"]
    assert one["message"].startswith("it is one of 'amended', ")


@pytest.mark.parametrize("body", [b'{"numbers": ["x"]', b"\xff", b'{"numbers": ["\xff"]}', b"[" * 5000])
def test_a_body_that_is_no_json_is_said_to_be_none(client: Client, body: bytes) -> None:
    answer = client.post("/v1/declarations:batch", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/malformed-request")
