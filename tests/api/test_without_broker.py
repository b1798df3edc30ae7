"""The API whose broker is away when it starts: it answers from the store, and writes as soon as the broker comes."""

import signal
import subprocess
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.api.live import until
from tests.api.system import System
from tests.api.test_command import HELD, PATIENCE_SECONDS, address, running
from tests.helpers.loopback import UNUSED, get
from tests.helpers.recordings import RECORDINGS

from clearance.contracts import topics
from clearance.devbroker.local import LocalKafka
from clearance.kafka.topics import ensure

MESSAGE = next((RECORDINGS / "held-then-released").glob("001-*.xml")).read_bytes()
XML = {"Content-Type": "application/xml"}


@pytest.fixture
def started(system: System, own_kafka: LocalKafka) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """Where an API listens that was started while the broker, which has all topics, was away."""
    system.play("held-then-released")
    ensure(own_kafka.bootstrap, topics(), replication_factor=1, create=True)
    own_kafka.stop()
    store = f"sqlite:///{system.store.url.database}"
    flags = ("--bootstrap", own_kafka.bootstrap, "--database-url", store, "--no-authentication", "--port", "0")
    with running(*flags) as process:
        yield address(process), process


def plan(url: str) -> httpx.Response:
    body: dict[str, Any] = {"vessel": "EVER GIVEN"}
    path = f"{url}/v1/declarations/{HELD}/transport-plan"
    return httpx.put(path, json=body, timeout=PATIENCE_SECONDS, verify=UNUSED)


def bring(url: str) -> httpx.Response:
    return httpx.post(f"{url}/v1/messages", content=MESSAGE, headers=XML, timeout=PATIENCE_SECONDS, verify=UNUSED)


def test_it_answers_without_a_broker_and_writes_when_it_comes(
    started: tuple[str, "subprocess.Popen[str]"], own_kafka: LocalKafka
) -> None:
    url, process = started
    assert get(f"{url}/v1/declarations/{HELD}").json()["status"]["code"] == "released"
    assert get(f"{url}/v1/declarations").status_code == 200
    assert get(f"{url}/healthz").status_code == get(f"{url}/readyz").status_code == 200
    for refused, problem in ((plan(url), "log-unreachable"), (bring(url), "messages-unacknowledged")):
        assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (503, problem)
        assert int(refused.headers["Retry-After"]) > 0
    own_kafka.start()
    until(lambda: plan(url).status_code == 202)
    assert bring(url).status_code == 200
    assert get(f"{url}/v1/declarations/{HELD}").status_code == 200
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_SECONDS) == 0


def test_it_ends_in_order_without_having_seen_a_broker(started: tuple[str, "subprocess.Popen[str]"]) -> None:
    _, process = started
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_SECONDS) == 0
