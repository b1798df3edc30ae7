"""`/healthz`, `/readyz`, `/freshz`, `/metrics`, `/docs`."""

import re

import pytest
from sqlalchemy import delete
from tests.api.client import Client
from tests.api.system import System

from clearance.metrics.declared import API, EDGE, PROCESS
from clearance.settings.clock import utc_now
from clearance.store.schema import progress


def test_it_is_ready_and_fresh_when_every_partition_is(client: Client) -> None:
    assert client.get("/readyz").json() == {"state": "ready", "freshness": "live"}
    told = client.get("/freshz").json()
    assert (told["state"], told["freshness"]) == ("fresh", "live")
    assert told["oldest_seconds"] < 5


def test_it_is_restoring_while_a_partition_is_missing(client: Client, system: System) -> None:
    with system.store.begin() as connection:
        connection.execute(delete(progress).where(progress.c.partition == 5))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert (answer.json()["state"], answer.json()["known"]) == ("restoring", 11)
    assert int(answer.headers["Retry-After"]) > 0


def test_a_tracker_that_stands_still_leaves_it_ready_and_not_fresh(client: Client, system: System) -> None:
    system.aged(301)
    assert client.get("/readyz").json() == {"state": "ready", "freshness": "stale"}
    answer = client.get("/freshz", headers={"Accept-Language": "zh"})
    assert (answer.status_code, answer.json()["freshness"]) == (503, "stale")
    assert answer.json()["oldest_seconds"] >= 301
    assert client.get("/v1/declarations").status_code == 200


def test_what_is_parked_is_not_fresh(client: Client, system: System) -> None:
    system.play("held-then-released")
    system.park("cn:unified:E20260004010000003", utc_now())
    assert client.get("/readyz").status_code == 200
    assert client.get("/freshz").status_code == 503


def test_without_a_store_it_is_alive_and_not_ready(client: Client, system: System) -> None:
    system.lose_the_store()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["state"]) == (503, "broken")
    assert client.get("/freshz").status_code == 503
    assert client.get("/healthz").json() == {"state": "alive"}


def test_requests_are_counted_by_route_and_never_by_number(client: Client, system: System) -> None:
    system.play("held-then-released")
    client.get("/v1/declarations/E20260004010000003")
    client.get("/v1/declarations/unknown")
    client.get("/v1/a/b/c")
    client.request("HEAD", "/v1/declarations/E20260004010000003")
    client.request("BREW", "/v1/declarations")
    text = client.get("/metrics").text
    counted = 'clearance_http_requests_total{method="GET",route="/v1/declarations/{number}",status='
    assert f'{counted}"200"}} 1.0' in text
    assert f'{counted}"404"}} 1.0' in text
    assert counted.replace("GET", "HEAD") + '"200"} 1.0' in text
    assert 'clearance_http_requests_total{method="GET",route="none",status="404"} 1.0' in text
    assert 'method="other"' in text
    assert "E20260004010000003" not in text


def test_all_metrics_are_declared_or_of_the_process(client: Client) -> None:
    client.get("/v1/declarations")
    names = set(re.findall(r"^# TYPE (\S+) ", client.get("/metrics").text, re.MULTILINE))
    declared = {metric.name for metric in (*PROCESS, *EDGE, *API)}
    assert declared <= names
    assert "process_resident_memory_bytes" in names
    ours = {name for name in names if name.startswith("clearance_")}
    assert ours <= declared


@pytest.mark.parametrize("file", ["swagger-ui.css", "swagger-ui-bundle.js"])
def test_the_documentation_comes_from_here_alone(client: Client, file: str) -> None:
    page = client.get("/docs")
    assert re.findall(r'(?:src|href)="([^"]*)"', page.text) == [
        "/docs/ui/swagger-ui.css",
        "data:,",
        "/docs/ui/swagger-ui-bundle.js",
    ]
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert client.get(f"/docs/ui/{file}").status_code == 200


def test_the_root_leads_to_the_documentation(client: Client) -> None:
    assert client.get("/").headers["Location"] == "/docs"
