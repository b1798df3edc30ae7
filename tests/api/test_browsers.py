"""No foreign page makes somebody's browser read or command here, and programs notice nothing of it."""

from typing import Any

import pytest
from fastapi import FastAPI
from tests.api.client import Client
from tests.api.system import System
from tests.api.test_problems import PLAN, told

from clearance.api.app import create_app
from clearance.api.stores import Store, Stores
from clearance.settings import load

HELD = "cn:unified:E20260004010000003"
EVERYWHERE = "0.0.0.0"  # noqa: S104 # nothing listens
SAFE = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "frame-ancestors 'none'"}


def listening_on(system: System, **given: Any) -> Client:
    """An API with other settings."""
    return Client(create_app(Stores(Store(0, system.store), lambda _: system.store), system, load(**given), gate=None))


def inputs(system: System) -> int:
    return sum(len(records) for records in system.log)


@pytest.mark.parametrize("path", ["/healthz", "/metrics", "/v1/declarations", f"/v1/declarations/{HELD}", "/nothing"])
def test_no_answer_is_guessed_at_or_framed(client: Client, path: str) -> None:
    answer = client.get(path)
    assert {name: answer.headers[name] for name in SAFE} == SAFE


def test_what_a_page_forbids_itself_stays_forbidden(client: Client) -> None:
    said = client.get("/docs").headers["Content-Security-Policy"]
    assert said.startswith("default-src 'self'")
    assert said.endswith("; frame-ancestors 'none'")


def test_what_is_said_of_declarations_is_in_no_shared_cache(client: Client, system: System) -> None:
    system.play("held-then-released")
    tag = client.get(f"/v1/declarations/{HELD}").headers["ETag"]
    for path in (f"/v1/declarations/{HELD}", f"/v1/declarations/{HELD}/timeline", "/v1/anomalies", "/v1/nothing"):
        answer = client.get(path, headers={"If-None-Match": tag})
        assert answer.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]:8000", "localhost."])
def test_it_answers_to_its_names(client: Client, host: str) -> None:
    assert client.get("/v1/declarations", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["", "evil.example", "localhost.evil.example:8000", "10.0.0.7", "[::1", "user@evil"])
@pytest.mark.parametrize("path", ["/v1/declarations", "/docs", "/metrics"])
def test_another_host_is_refused_with_the_remedy(client: Client, host: str, path: str) -> None:
    body = told(client.get(path, headers={"Host": host}))
    assert (body["status"], body["type"].rpartition("/")[2]) == (421, "foreign-host")
    assert "CLEARANCE_API_HOSTS" in body["detail"]


@pytest.mark.parametrize(
    ("given", "host", "status"),
    [
        ({"api_host": "10.0.0.7"}, "10.0.0.7:8000", 200),
        ({"api_host": "10.0.0.7"}, "10.0.0.8:8000", 421),
        ({"api_host": EVERYWHERE}, "10.0.0.8:8000", 200),
        ({"api_host": EVERYWHERE}, "api", 421),
        ({"api_host": EVERYWHERE, "api_hosts": "api, Clearance.example"}, "clearance.example", 200),
        ({"api_hosts": "*"}, "anything", 200),
    ],
)
def test_it_answers_to_where_it_listens_and_to_what_is_set(
    system: System, given: dict[str, str], host: str, status: int
) -> None:
    client = listening_on(system, **given)
    assert client.get("/healthz", headers={"Host": host}).status_code == status


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"},
    ],
)
def test_a_page_of_another_site_commands_nothing(client: Client, system: System, headers: dict[str, str]) -> None:
    system.play("held-then-released")
    before = inputs(system)
    for method, path in (("PUT", PLAN), ("POST", f"/v1/declarations/{HELD}/answer-query")):
        body = told(client.request(method, path, json={}, headers=headers))
        assert (body["status"], body["type"].rpartition("/")[2]) == (403, "foreign-origin")
    assert inputs(system) == before


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://localhost"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://seen.outside.example"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_a_program_and_a_page_of_ours_command(client: Client, system: System, headers: dict[str, str]) -> None:
    system.play("held-then-released")
    assert client.put(PLAN, json={"vessel": "COSCO STAR"}, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", None]
)
def test_a_body_that_is_not_said_to_be_json_commands_nothing(
    client: Client, system: System, media_type: str | None
) -> None:
    system.play("held-then-released")
    before = inputs(system)
    headers = {} if media_type is None else {"Content-Type": media_type}
    for method, path in (("PUT", PLAN), ("POST", f"/v1/declarations/{HELD}/answer-query")):
        answer = client.request(method, path, content=b'{"vessel": "COSCO STAR"}', headers=headers)
        body = told(answer)
        assert (body["status"], body["type"].rpartition("/")[2]) == (415, "media-type")
        assert answer.headers["Accept"] == "application/json"
    assert inputs(system) == before


def test_a_json_type_may_say_its_charset(client: Client, system: System) -> None:
    system.play("held-then-released")
    said = {"Content-Type": "Application/JSON; charset=utf-8"}
    assert client.put(PLAN, content=b'{"vessel": "COSCO STAR"}', headers=said).status_code == 200


def test_other_origins_are_told_that_they_may_read_nothing(app: FastAPI) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "PUT"}
    for method in ("GET", "OPTIONS"):
        answer = Client(app).request(method, PLAN if method == "OPTIONS" else "/v1/declarations", headers=asked)
        assert not [name for name in answer.headers if name.startswith("access-control")]
