"""In a system in order nothing is found; of each fault that is planted there, it alone, by its name and its place."""

import resource
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
)
from sqlalchemy import text
from tests.helpers.stores import made_store, opened_access

from clearance.backup.places import HOLE
from clearance.contracts import topics
from clearance.contracts.models.current_epoch import MovedBase
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.devbroker.local import free_port
from clearance.doctor import of_analyst, of_log, of_machine, of_store, watching
from clearance.doctor.checks import checks
from clearance.doctor.installation import Installation
from clearance.kafka import admin, diagnosis, security
from clearance.kafka.epochs import Current
from clearance.kafka.names import BASE, EPOCHS, FIRST
from clearance.kafka.policies import SEALED_BYTES, policies
from clearance.kafka.topics import ensure, identify
from clearance.kafka.wire import (
    Outgoing,
    SetAsideLine,
    current_record,
    parked_record,
    set_aside_record,
    unparked_record,
)
from clearance.settings.clock import monotonic, utc_now
from clearance.stages.progress import StageProgress, stage_progress_record
from clearance.store.connect import writing
from clearance.store.positions import Log, resume
from clearance.tracker.free_name import GROUP

from .stand_in import Found, InOrder, written

AT = utc_now()


def the(check: str, found: Found, /, **about: str) -> None:
    """That is what was found, once, and what it tells holds these."""
    assert list(found) == [check]
    [told] = found[check]
    assert about.items() <= told.items()
    row = checks()[check]
    for words in (row.zh, row.en, row.do_zh, row.do_en):
        words.format_map(told)


def test_a_system_in_order_has_no_finding(system: InOrder) -> None:
    assert system.found() == {}


# --- the broker


def test_nobody_listens(system: InOrder) -> None:
    at = f"127.0.0.1:{free_port()}"
    the("broker-unreachable", system.found(kafka_bootstrap_servers=at), servers=at)


def test_another_program_listens(system: InOrder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnosis, "SECONDS", 0.3)
    monkeypatch.setattr(admin, "ANSWER_SECONDS", 1.0)
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        at = f"127.0.0.1:{server.server_port}"
        the("broker-foreign", system.found(kafka_bootstrap_servers=at), servers=at)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"PROTOCOL": "SSL"}, "speaks plain text, and we TLS"),
        ({"PROTOCOL": "SASL_PLAINTEXT"}, "CLEARANCE_KAFKA_SASL_MECHANISM is not set"),
    ],
    ids=["TLS", "SASL"],
)
def test_it_is_spoken_to_another_way(
    system: InOrder, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], told: str
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(f"CLEARANCE_KAFKA_SECURITY_{name}", value)
    security.settings.cache_clear()
    try:
        found = system.found()
    finally:
        monkeypatch.undo()
        security.settings.cache_clear()
    the("broker-security", found)
    assert told in found["broker-security"][0]["said"]


def test_the_log_was_moved_to_another_cluster(system: InOrder) -> None:
    moved = current_record(1, None, AT, MovedBase(epoch=1, partitions=24, address=system.bootstrap))
    with EmbeddedBroker(topics().values()) as old:
        written(old.bootstrap, EPOCHS, 0, moved)
        found = system.found(kafka_bootstrap_servers=old.bootstrap)
    the("log-elsewhere", found, servers=old.bootstrap, address=system.bootstrap)


def test_the_epoch_that_is_set_is_over(system: InOrder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Installation, "log", Current(3, 2, FIRST._replace(epoch=2)))
    monkeypatch.setattr(Installation, "names", BASE)
    the("epoch-over", system.found(), epoch="0", base="2", current="3")


# --- topics


@contextmanager
def made_otherwise(system: InOrder, topic: str, partitions: int = 0) -> Iterator[None]:
    """Deleted, and made with so many partitions if there are to be any; then made again as its card says."""
    client = AdminClient({"bootstrap.servers": system.bootstrap})
    _delete(client, topic)
    if partitions:
        made = NewTopic(topic, partitions, 1, config=policies(topics()[topic]))
        client.create_topics([made])[topic].result()
        _await(client, lambda there: topic in there)
    try:
        yield
    finally:
        if partitions:
            _delete(client, topic)
        ensure(system.bootstrap, topics(), replication_factor=1, create=True)
        system.identity = identify(system.bootstrap, BASE.cards())


def _delete(client: Any, topic: str) -> None:
    client.delete_topics([topic])[topic].result()
    _await(client, lambda there: topic not in there)


def _await(client: Any, wanted: Callable[[Collection[str]], bool]) -> None:
    end = monotonic() + 10
    while not wanted(client.list_topics(timeout=10).topics):
        assert monotonic() < end
        client.poll(0.02)


def test_a_topic_is_missing(system: InOrder) -> None:
    with made_otherwise(system, BASE.parts):
        the("topic-missing", system.found(), topic=BASE.parts, by="`clearance topics`")


def test_a_topic_has_other_partitions(system: InOrder) -> None:
    with made_otherwise(system, BASE.parts, partitions=3):
        the("topic-partitions", system.found(), topic=BASE.parts, found="3")


@contextmanager
def set_to(system: InOrder, topic: str, name: str, value: str) -> Iterator[None]:
    client = AdminClient({"bootstrap.servers": system.bootstrap})

    def alter(to: str | None) -> None:
        how = AlterConfigOpType.DELETE if to is None else AlterConfigOpType.SET
        entry = ConfigEntry(name, to, incremental_operation=how)
        resource = ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=[entry])
        client.incremental_alter_configs([resource])[resource].result()
        end = monotonic() + 10
        while _value(client, topic, name) != to and to is not None and monotonic() < end:
            client.poll(0.02)

    alter(value)
    try:
        yield
    finally:
        alter(policies(topics()[topic]).get(name))


def _value(client: Any, topic: str, name: str) -> str:
    [told] = client.describe_configs([ConfigResource(ConfigResource.Type.TOPIC, topic)]).values()
    return str(told.result()[name].value)


@pytest.mark.parametrize(
    ("check", "topic", "name", "value"),
    [
        ("topic-cleanup", BASE.status, "cleanup.policy", "delete"),
        ("topic-cleanup", BASE.status, "min.compaction.lag.ms", "0"),
        ("topic-retention", BASE.inputs, "retention.ms", "3600000"),
        ("topic-retention", BASE.inputs, "retention.bytes", "1000000000"),
        ("topic-settings", BASE.inputs, "max.message.bytes", "1000"),
    ],
)
def test_a_topic_is_set_otherwise(system: InOrder, check: str, topic: str, name: str, value: str) -> None:
    with set_to(system, topic, name, value):
        the(check, system.found(), topic=topic, name=name, found=value)


def test_a_restore_was_cut_off(system: InOrder) -> None:
    with set_to(system, BASE.parts, "message.timestamp.type", "CreateTime"):
        the("restore-cut-off", system.found(), count="1", topic=BASE.parts)


def test_the_log_is_sealed(system: InOrder) -> None:
    with set_to(system, BASE.inputs, "max.message.bytes", str(SEALED_BYTES)):
        the("log-sealed", system.found(), topic=BASE.inputs)


def test_a_topic_was_made_anew(system: InOrder) -> None:
    before = system.identity
    with made_otherwise(system, BASE.dead_letters, partitions=12):
        system.identity = before
        found = system.found()
    the("topic-anew", found, topic=BASE.dead_letters)
    assert "the dead letters that it held are gone" in found["topic-anew"][0]["means"]


# --- the log and those who fold it


def test_the_log_is_that_of_another_cluster(system: InOrder) -> None:
    with system.telling(4, cluster_id="elsewhere"):
        found = system.found()
    the("log-broken", found)
    assert "tracker-progress:4 was written for cluster elsewhere" in found["log-broken"][0]["said"]


def test_the_tracker_has_other_tables(system: InOrder) -> None:
    with system.telling(4, 5, tables_version="0123456789ab"):
        the("tables-differ", system.found(), partitions="4, 5", tables="0123456789ab")


def test_no_tracker_is_at_work(system: InOrder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "LOOK_SECONDS", 1.0)
    system.silent = frozenset({3, 4})
    try:
        the("tracker-away", system.found(), partitions="3, 4", waiting="0")
    finally:
        system.silent = frozenset()


def test_another_tracker_has_the_name(system: InOrder, monkeypatch: pytest.MonkeyPatch) -> None:
    named = {"group.id": GROUP, "group.instance.id": "port-1"}
    other = Consumer({"bootstrap.servers": system.bootstrap, **named})
    other.subscribe([BASE.inputs])
    try:
        _until(lambda: other.poll(0.1) or other.assignment(), "it owns partitions, whose progress goes on")
        assert system.found(tracker_instance="port-1") == {}, "on this machine it may be the one that is meant"
        monkeypatch.setattr(of_log, "address_towards", lambda _: "10.0.0.9")
        found = system.found(tracker_instance="port-1")
    finally:
        other.close()
    the("name-twice", found, name="port-1", host="127.0.0.1", here="10.0.0.9")


def _until(condition: Callable[[], object], what: str) -> None:
    end = monotonic() + 20
    while not condition():
        assert monotonic() < end, what


def line(offset: int) -> SetAsideLine:
    why = "it cannot be folded"
    return SetAsideLine(epoch=0, partition=7, offset=offset, reason=why, at=AT, parked_by="ValueError")


def counted(system: InOrder, position: int) -> None:
    """An analyst has told that it has counted the events of partition 5 up to this one."""
    progress = StageProgress(
        epoch=0,
        partition=5,
        position=position,
        wall_time=utc_now(),
        cluster_id=system.identity.cluster_id,
        topic_id=system.identity.topic_ids[BASE.events],
        topic_ids={},
        version="4",
    )
    written(system.bootstrap, BASE.analyst_progress, 5, stage_progress_record(progress))


def test_no_analyst_counts_what_happens(system: InOrder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_analyst, "FOLLOW_SECONDS", 1.0)
    assert "analyst-behind" not in system.found(), "where there never was one, none is missed"
    written(system.bootstrap, BASE.events, 5, HOLE)
    counted(system, -1)
    the("analyst-behind", system.found(), partitions="5", behind="1", seconds="1")
    counted(system, 0)
    assert "analyst-behind" not in system.found()


def test_a_partition_is_parked(system: InOrder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "LOOK_SECONDS", 1.0)
    system.silent = frozenset({7})
    written(system.bootstrap, BASE.set_aside, 7, parked_record(line(12)))
    try:
        found = system.found()
    finally:
        written(system.bootstrap, BASE.set_aside, 7, unparked_record(7))
        system.silent = frozenset()
    the("partition-parked", found, partition="7", place="declaration-inputs:7:12", reason="it cannot be folded")


def test_inputs_are_set_aside(system: InOrder) -> None:
    records = [set_aside_record(partition=7, offset=at, epoch=0, reason="poison", at=AT, until=None) for at in (3, 5)]
    written(system.bootstrap, BASE.set_aside, 7, *records)
    try:
        the("set-aside", system.found(), partition="7", count="2", offsets="3, 5")
    finally:
        written(system.bootstrap, BASE.set_aside, 7, *(Outgoing(one.key, None, one.headers) for one in records))


def test_dead_letters_wait(system: InOrder) -> None:
    written(system.bootstrap, BASE.dead_letters, 2, *[Outgoing(b"key", b"{}", [])] * 3)
    try:
        the("dead-letters", system.found(), topic=BASE.dead_letters, count="3")
    finally:
        client = AdminClient({"bootstrap.servers": system.bootstrap})
        [purged] = client.delete_records([TopicPartition(BASE.dead_letters, 2, 3)]).values()
        purged.result()


def test_the_clock_of_this_machine_is_off(system: InOrder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "utc_now", lambda: utc_now() + timedelta(seconds=90))
    the("clock-here", system.found(), seconds="90", way="ahead of")


def test_the_clock_of_a_tracker_is_off(system: InOrder) -> None:
    slow = utc_now() - timedelta(seconds=600)
    with system.telling(9, wall_time=slow, caught_up_at=slow):
        found = system.found()
    assert 600 <= int(found["clock-tracker"][0]["seconds"]) < 700
    the("clock-tracker", found, partition="9", way="behind")


# --- the store


def test_the_database_is_away(system: InOrder) -> None:
    url = f"postgresql://clearance@127.0.0.1:{free_port()}/clearance"
    found = system.found(database_url=url)
    the("store-unreachable", found)
    assert "check that the server runs" in found["store-unreachable"][0]["said"]


def test_there_is_no_store(system: InOrder, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'other.db'}"
    the("store-unmade", system.found(database_url=url), store=url)
    assert not (tmp_path / "other.db").exists(), "the doctor changes nothing"


def test_the_store_has_an_older_schema(system: InOrder, url: str) -> None:
    store = made_store(url)
    with writing(store) as connection:
        connection.execute(text("UPDATE store_version SET version_num = '0001'"))
    store.dispose()
    the("store-schema", system.found(database_url=url), found="0001", by="`clearance projector`")


def test_what_lies_beside_the_store_is_of_a_newer_version(system: InOrder, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    made_store(url).dispose()
    with opened_access(url) as access, writing(access) as connection:
        connection.execute(text("UPDATE store_version SET version_num = '9999'"))
    the("store-schema", system.found(database_url=url), found="9999", by="`clearance api`")


def log_of(system: InOrder, **other: Any) -> Log:
    with system.here() as here:
        return of_store.log_of(here)._replace(**other)


def test_the_store_was_made_from_another_cluster(system: InOrder, url: str) -> None:
    store = made_store(url)
    resume(store, log_of(system, cluster_id="elsewhere"))
    store.dispose()
    found = system.found(database_url=url)
    the("store-foreign", found)
    assert "made from the Kafka cluster elsewhere" in found["store-foreign"][0]["said"]


def test_no_projector_writes_to_the_store(system: InOrder, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_store, "FOLLOW_SECONDS", 0.5)
    store = made_store(url)
    resume(store, log_of(system))
    store.dispose()
    the("projector-behind", system.found(database_url=url), partitions=", ".join(map(str, range(12))))


def test_the_disk_is_nearly_full(system: InOrder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_store, "LEAST_FREE", 1.0)
    the("disk-full", system.found())


# --- secrets


def test_the_api_has_no_secret(system: InOrder) -> None:
    found = system.found(access_secret_file="")
    the("api-secret", found)
    assert "CLEARANCE_ACCESS_SECRET_FILE is not set" in found["api-secret"][0]["said"]


def test_everybody_can_read_a_secret(system: InOrder, open_folder: Path) -> None:
    secret = open_folder / "secret"
    secret.write_text("correct horse battery staple", encoding="utf-8")
    secret.chmod(0o644)
    found = system.found(access_secret_file=str(secret))
    the("secret-open", found, setting="CLEARANCE_ACCESS_SECRET_FILE", file=str(secret))
    open_folder.chmod(0o700)
    assert system.found(access_secret_file=str(secret)) == {}, "nobody else gets into its folder"


# --- the machine


def test_a_package_is_another_version(system: InOrder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_machine, "version", lambda name: "0.1" if name == "aiokafka" else metadata.version(name))
    the("packages", system.found(), package="aiokafka", found="0.1")


def test_python_is_too_old(system: InOrder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clearance.doctor.of_machine.python_version", lambda: "3.9.1")
    the("packages", system.found(), package="Python", found="3.9.1")


def test_the_disk_of_the_index_is_nearly_full(system: InOrder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(of_machine, "LEAST_FREE", 1.0)
    folder = str(tmp_path / "not" / "made")
    the("index-disk-full", system.found(tracker_index_folder=folder), folder=folder)


@pytest.mark.parametrize("place", ["a-file", "a-file/0"])
def test_the_index_cannot_lie_where_it_is_to(system: InOrder, tmp_path: Path, place: str) -> None:
    (file := tmp_path / "a-file").touch()
    folder = str(tmp_path / place)
    the("index-folder", system.found(tracker_index_folder=folder), folder=folder, there=str(file))


def test_there_is_no_java(system: InOrder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    found = system.found()
    the("java", found)
    assert "there is no java" in found["java"][0]["said"]


def test_too_few_files_may_be_open(system: InOrder) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    found = system.found(api_connections=10_000_000)
    the("open-files", found, allowed=str(hard), wanted="10000000")


def test_time_zones_are_not_known(system: InOrder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_machine, "ZONES", ("Europe/Atlantis",))
    the("time-zones", system.found(), zone="Europe/Atlantis")
