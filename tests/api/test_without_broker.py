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

from clearance.api.server import current_log
from clearance.contracts import topics
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.devbroker.local import LocalKafka
from clearance.kafka import admin
from clearance.kafka.epochs import NO_SWITCH
from clearance.kafka.topics import ensure
from clearance.settings import load

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


@pytest.mark.soak  # a small form: tests/edge/test_late.py
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
    known = get(f"{url}/v1/declarations/{HELD}/messages").json()["messages"][0]["message_id"]
    original = get(f"{url}/v1/declarations/{HELD}/messages/{known}", timeout=PATIENCE_SECONDS)
    assert (original.status_code, original.json()["type"].rpartition("/")[2]) == (503, "message-unreachable")
    own_kafka.start()
    until(lambda: plan(url).status_code == 202)
    assert bring(url).status_code == 200
    assert get(f"{url}/v1/declarations/{HELD}").status_code == 200
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_SECONDS) == 0


def test_the_broker_says_which_epoch_is_current_and_while_it_is_away_the_settings_do(
    embedded_broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin, "ANSWER_SECONDS", 0.5)
    told = load(kafka_bootstrap_servers=embedded_broker.bootstrap, epoch=3)
    assert current_log(told) == NO_SWITCH
    embedded_broker.stop()
    assert current_log(told) is None


@pytest.mark.soak
def test_it_ends_in_order_without_having_seen_a_broker(started: tuple[str, "subprocess.Popen[str]"]) -> None:
    _, process = started
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_SECONDS) == 0
