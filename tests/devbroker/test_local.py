"""The real broker of `make kafka`: what it keeps, how it ends, and what it says where it cannot run."""

import signal
import socket
import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from clearance.contracts import topics
from clearance.devbroker import jars as needed
from clearance.devbroker.local import HOST, LocalKafka, free_port
from clearance.kafka.errors import BrokerError
from clearance.kafka.names import BASE
from clearance.kafka.topics import ensure, identify
from clearance.settings.clock import monotonic

ROOT = Path(__file__).parents[2]
INPUTS = "declaration-inputs"


def write(broker: LocalKafka, value: bytes) -> None:
    producer = Producer({"bootstrap.servers": broker.bootstrap, "enable.idempotence": True})
    producer.produce(INPUTS, value, partition=0)
    assert producer.flush(30) == 0


def read(broker: LocalKafka, count: int) -> list[bytes | None]:
    """So many records, or what has come within half a minute."""
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "test", "enable.auto.commit": False})
    consumer.assign([TopicPartition(INPUTS, 0, 0)])
    end, found = monotonic() + 30, list[bytes | None]()
    while len(found) < count and monotonic() < end:
        found += [record.value() for record in consumer.consume(100, 0.5)]
    consumer.close()
    return found


def accepts(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex((HOST, port)) == 0


@pytest.mark.soak
def test_it_keeps_its_records_through_a_stop_and_a_kill(own_kafka: LocalKafka) -> None:
    ensure(own_kafka.bootstrap, topics(), replication_factor=1, create=True)
    identity = identify(own_kafka.bootstrap, BASE.cards())
    write(own_kafka, b"one")
    own_kafka.restart()
    write(own_kafka, b"two")
    own_kafka.kill()
    own_kafka.start()
    assert identify(own_kafka.bootstrap, BASE.cards()) == identity
    assert read(own_kafka, 2) == [b"one", b"two"]


def test_it_refuses_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as server, pytest.raises(BrokerError, match="is taken by another program"):
        LocalKafka(tmp_path, server.getsockname()[1]).start()


@pytest.mark.usefixtures("_kafka_can_run")
def test_it_says_why_it_ended_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "meta.properties").write_text("version=1\nnode.id=7\ncluster.id=another\n")
    broker = LocalKafka(tmp_path)
    with pytest.raises(BrokerError, match=r"Kafka ended at once with code 1: .*kafka\.log"):
        broker.start()
    with pytest.raises(BrokerError, match=r"Kafka ended at once"):  # and can be started again
        broker.start()


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of the PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(needed, "CACHE", tmp_path / "cache")
    return folder


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_it_says_what_to_install_where_there_is_no_java(programs: Path, tmp_path: Path) -> None:
    with pytest.raises(BrokerError, match=r"Java 17 or later and there is no java: install one .* or set JAVA_HOME"):
        LocalKafka(tmp_path / "kafka").start()


@pytest.mark.parametrize("version", ["1.8.0_402", "11.0.22", "16"])
def test_it_refuses_a_java_that_is_too_old(programs: Path, version: str) -> None:
    program(programs, "java", f"""echo 'openjdk version "{version}" 2024-01-16' >&2""")
    with pytest.raises(BrokerError, match=rf'needs Java 17 or later, \S+ says openjdk version "{version}"'):
        needed.java()


@pytest.mark.parametrize("version", ["17.0.15", "21", "25-ea"])
def test_it_takes_a_java_that_is_new_enough(programs: Path, version: str) -> None:
    program(programs, "java", f"""echo 'openjdk version "{version}"' >&2""")
    assert needed.java() == str(programs / "java")


def test_java_home_goes_before_the_path(programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "home" / "bin").mkdir(parents=True)
    program(programs, "java", """echo 'openjdk version "11"' >&2""")
    program(tmp_path / "home" / "bin", "java", """echo 'openjdk version "21"' >&2""")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "home"))
    assert needed.java() == str(tmp_path / "home" / "bin" / "java")


def test_it_says_what_to_install_where_there_is_no_maven(programs: Path) -> None:
    with pytest.raises(BrokerError, match=r"there is no mvn: install it"):
        needed.jars()


def test_it_says_what_maven_says_and_keeps_no_half_of_the_jars(programs: Path, tmp_path: Path) -> None:
    program(programs, "mvn", "echo '[ERROR] Could not transfer artifact'; exit 1")
    with pytest.raises(BrokerError, match=r"does it reach its registry\? \[ERROR\] Could not transfer artifact"):
        needed.jars()
    assert [*(tmp_path / "cache").iterdir()] == []


def test_it_needs_the_folder_of_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needed, "DEPLOY", tmp_path)
    with pytest.raises(BrokerError, match=r"pom\.xml is missing: .*project's folder"):
        needed.jars()


@pytest.mark.usefixtures("_kafka_can_run")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_make_kafka_ends_in_order_and_leaves_no_process(tmp_path: Path, number: signal.Signals) -> None:
    port = free_port()
    command = [sys.executable, "-m", "clearance.devbroker", "--port", str(port), "--folder", str(tmp_path / "kept")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as kafka:  # noqa: S603 # ours
        assert kafka.stdout is not None
        assert kafka.stdout.readline() == (
            f"Kafka answers at {HOST}:{port} and keeps its data in {tmp_path / 'kept'}; Ctrl-C ends it\n"
        )
        kafka.send_signal(number)
        assert kafka.wait(60) == 0
    assert not accepts(port)


@pytest.mark.skipif(sys.platform != "linux", reason="only its kernel does that")
@pytest.mark.usefixtures("_kafka_can_run")
def test_the_broker_ends_when_whoever_started_it_is_killed(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "clearance.devbroker", "--port", str(port), "--folder", str(tmp_path / "kept")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as kafka:  # noqa: S603 # ours
        assert kafka.stdout is not None
        kafka.stdout.readline()
        kafka.kill()
    end = monotonic() + 30
    while (listens := accepts(port)) and monotonic() < end:
        Event().wait(0.05)
    assert not listens


def test_make_kafka_says_in_one_line_what_is_wrong(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]
        command = [sys.executable, "-m", "clearance.devbroker", "--port", str(port), "--folder", str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 # ours
    assert done.returncode == 2
    assert done.stderr == (
        f"make kafka: {HOST}:{port} is taken by another program: end that one, or choose another port "
        "(make kafka PORT=9192)\n"
    )
