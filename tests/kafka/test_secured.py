"""Secured connections on a real Kafka: every way in works for every client, and a wrong setting is told as that."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.kafka.secured import MECHANISMS, PASSWORD, USER, Secured
from tests.system.running import until

from clearance.cli.child_processes import ChildProcesses
from clearance.contracts import topics
from clearance.devbroker.local import free_port
from clearance.kafka import admin, clients, security
from clearance.kafka.diagnosis import why_not
from clearance.kafka.errors import BrokerError, NoBroker
from clearance.kafka.names import EPOCHS
from clearance.kafka.topics import ensure
from clearance.kafka.wire import Outgoing
from clearance.store.connect import is_made, open_store
from clearance.store.schema import declarations

STORY = Path(__file__).parents[1] / "recordings" / "held-then-released"
PROTOCOL, MECHANISM = "CLEARANCE_KAFKA_SECURITY_PROTOCOL", "CLEARANCE_KAFKA_SASL_MECHANISM"
PLAIN = {"KAFKA_SECURITY_PROTOCOL": "PLAINTEXT", "KAFKA_CA_FILE": ""}
Use = Callable[..., str]


@pytest.fixture(scope="module")
def secured(_kafka_can_run: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """One broker for all tests of this file, with the topics made through its port in plain text."""
    broker = Secured(tmp_path_factory.mktemp("secured"))
    broker.start()
    try:
        ensure(broker.kafka.bootstrap, topics(), replication_factor=1, create=True)
        yield broker
    finally:
        broker.kafka.stop()


@pytest.fixture
def use(secured: Secured, monkeypatch: pytest.MonkeyPatch) -> Iterator[Use]:
    """Take the settings for a listener, as those of this process; its address."""

    def take(way: str, mechanism: str = "", **other: str) -> str:
        settings = secured.settings(way, mechanism, **other)
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        security.settings.cache_clear()
        return settings["CLEARANCE_KAFKA_BOOTSTRAP_SERVERS"]

    yield take
    security.settings.cache_clear()


async def written_and_read(bootstrap: str) -> bytes:
    """The value of a record just written, as it is read."""
    async with clients.new_producer(bootstrap) as producer, clients.new_reader(bootstrap) as reader:
        await clients.write(producer, EPOCHS, 0, [Outgoing(b"key", bootstrap.encode(), [])])
        held = [record async for records in clients.read_whole(reader, EPOCHS, 0) for record in records]
    return bytes(held[-1].value)


@pytest.mark.parametrize(
    ("way", "mechanism"), [("TLS", ""), ("CLEAR", "SCRAM-SHA-512"), *(("LOGIN", one) for one in MECHANISMS)]
)
def test_all_clients_get_in(use: Use, way: str, mechanism: str) -> None:
    at = use(way, mechanism)
    assert EPOCHS in admin.Admin(at).metadata().topics
    assert asyncio.run(written_and_read(at)) == at.encode()
    assert why_not(at) == ""


def test_a_certificate_of_ours_lets_us_in(use: Use, secured: Secured) -> None:
    own = {"KAFKA_CERTIFICATE_FILE": secured.file("own.pem"), "KAFKA_KEY_FILE": secured.file("own.key")}
    at = use("MUTUAL", **own)
    assert EPOCHS in admin.Admin(at).metadata().topics
    assert asyncio.run(written_and_read(at)) == at.encode()


def test_the_processes_work_over_tls_and_scram(secured: Secured, tmp_path: Path) -> None:
    """`topics`, `ingest`, a tracker that folds and a projector that reads; no secret stands in what they say."""
    store = f"sqlite:///{tmp_path / 'store.db'}"
    settings = secured.settings("LOGIN", "SCRAM-SHA-512", DATABASE_URL=store)
    settings |= {f"CLEARANCE_{name}_METRICS_PORT": str(free_port()) for name in ("TRACKER", "PROJECTOR", "INGEST")}
    children = ChildProcesses(tmp_path, settings)
    try:
        children.start("projector", "projector")
        children.start("tracker", "tracker")
        said = [clearance(settings, "topics"), clearance(settings, "ingest", str(STORY))]
        until(lambda: "released" in statuses(store), "the declaration is released in the store", 60)
    finally:
        children.stop()
    said += [(tmp_path / f"{name}.log").read_text() for name in ("projector", "tracker")]
    assert PASSWORD not in "".join(said)


def clearance(settings: dict[str, str], *words: str) -> str:
    """All that a command says, which succeeds."""
    command = (sys.executable, "-m", "clearance.cli", *words)
    done = subprocess.run(command, env={**os.environ, **settings}, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def statuses(store: str) -> list[str]:
    engine = open_store(store)
    try:
        if not is_made(engine):
            return []
        with engine.connect() as connection:
            return [*connection.execute(select(declarations.c.status)).scalars()]
    finally:
        engine.dispose()


@pytest.mark.parametrize(
    ("way", "mechanism", "other", "told"),
    [
        ("TLS", "", PLAIN, f"speaks TLS, and we plain text: set {PROTOCOL} to SSL"),
        (
            "PLAINTEXT",
            "",
            {"KAFKA_SECURITY_PROTOCOL": "SSL"},
            f"speaks plain text, and we TLS: set {PROTOCOL} to PLAIN",
        ),
        (
            "LOGIN",
            "",
            {"KAFKA_SECURITY_PROTOCOL": "SSL"},
            f"asks who we are: set {PROTOCOL} to SASL_SSL and {MECHANISM}",
        ),
        ("TLS", "PLAIN", {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL"}, f"has no SASL: set {PROTOCOL} to SSL"),
        ("TLS", "", {"KAFKA_CA_FILE": "other-ca.pem"}, "no known authority has signed .*: set CLEARANCE_KAFKA_CA_FILE"),
        ("TLS", "", {"KAFKA_BOOTSTRAP_SERVERS": "localhost"}, "certificate for other host names than localhost: name"),
        ("EXPIRED", "", {}, "shows a certificate that has expired: renew it"),
        ("MUTUAL", "", {}, "may ask for a certificate of ours, in CLEARANCE_KAFKA_CERTIFICATE_FILE"),
        (
            "LOGIN",
            "SCRAM-SHA-512",
            {"KAFKA_SASL_PASSWORD_FILE": "wrong"},
            f"does not let '{USER}' with this password in",
        ),
        ("LOGIN", "PLAIN", {"KAFKA_SASL_USERNAME": "nobody"}, "does not let 'nobody' with this password in by PLAIN"),
        ("LOGIN", "OAUTHBEARER", {"KAFKA_SASL_TOKEN_FILE": "old-token"}, "does not take our token: look at"),
        ("CLEAR", "SCRAM-SHA-256", {}, f"has no SCRAM-SHA-256, it has SCRAM-SHA-512: set {MECHANISM} to one of these"),
    ],
)
def test_a_wrong_setting_is_told_as_that(
    use: Use, secured: Secured, way: str, mechanism: str, other: dict[str, str], told: str
) -> None:
    found = {name: secured.file(value) if name.endswith("_FILE") and value else value for name, value in other.items()}
    if "KAFKA_BOOTSTRAP_SERVERS" in other:
        found["KAFKA_BOOTSTRAP_SERVERS"] = secured.at(way, other["KAFKA_BOOTSTRAP_SERVERS"])
    if found.get("KAFKA_SECURITY_PROTOCOL", "").endswith("SSL"):
        found["KAFKA_CA_FILE"] = secured.file("ca.pem")
    at = use(way, mechanism, **found)
    line = why_not(at)
    assert re.search(told, line)
    assert "\n" not in line


def test_nobody_says_start_one_where_a_broker_refuses_us(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin, "ANSWER_SECONDS", 0.5)
    with pytest.raises(BrokerError, match=f"speaks TLS, and we plain text: set {PROTOCOL}") as refused:
        admin.Admin(use("TLS", **PLAIN)).metadata()
    assert not isinstance(refused.value, NoBroker)  # which would be waited for
