"""`clearance topics` on a real broker: makes, verifies, refuses, and never alters."""

import asyncio
from collections.abc import Callable, Iterator

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
)
from tests.kafka.measured import measured
from typer.testing import CliRunner, Result

from clearance.cli.main import main
from clearance.cli.main import program as command_line
from clearance.contracts import topics
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.devbroker.local import LocalKafka, free_port
from clearance.kafka.admin import Admin
from clearance.kafka.errors import BrokerError
from clearance.kafka.names import BASE
from clearance.kafka.policies import policies, tuning
from clearance.kafka.topics import ensure, identify
from clearance.settings.clock import monotonic

ENVIRONMENT = {"COLUMNS": "160", "CLEARANCE_KAFKA_BOOTSTRAP_SERVERS": "", "CLEARANCE_KAFKA_REPLICATION_FACTOR": ""}


def run(*words: str) -> Result:
    return CliRunner().invoke(
        command_line(["topics"]), ["topics", *words], env={**ENVIRONMENT, "CLEARANCE_KAFKA_REPLICATION_FACTOR": "1"}
    )


def make(broker: LocalKafka, name: str, partitions: int, config: dict[str, str]) -> None:
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    admin.create_topics([NewTopic(name, partitions, 1, config=config)])[name].result()


@pytest.fixture
def broker(real_kafka: LocalKafka) -> Iterator[LocalKafka]:
    """The shared broker, without a topic."""
    _clear(real_kafka)
    yield real_kafka
    _clear(real_kafka)


def _clear(broker: LocalKafka) -> None:
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    names = [name for name in admin.list_topics(timeout=10).topics if not name.startswith("__")]
    for future in admin.delete_topics(names).values() if names else ():
        future.result()
    end = monotonic() + 10
    while {*admin.list_topics(timeout=10).topics} & {*names} and monotonic() < end:
        admin.poll(0.02)


def test_it_makes_every_topic_as_its_card_says_and_verifies_it(broker: LocalKafka) -> None:
    made = ensure(broker.bootstrap, topics(), replication_factor=1, create=True)
    assert made.ok
    assert [(topic.name, topic.state, topic.partitions) for topic in made.topics] == [
        (name, "created", card.partitions) for name, card in topics().items()
    ]
    settings = Admin(broker.bootstrap).settings(topics())
    for name, card in topics().items():
        assert (policies(card) | tuning(card)).items() <= settings[name].items()
    again = ensure(broker.bootstrap, topics(), replication_factor=1, create=True)
    assert again.ok
    assert {topic.state for topic in again.topics} == {"ok"}


def test_its_acknowledgements_say_when_by_its_clock(broker: LocalKafka) -> None:
    ensure(broker.bootstrap, {BASE.inputs: topics()[BASE.inputs]}, replication_factor=1, create=True)
    skew = asyncio.run(measured(broker.bootstrap))
    assert skew is not None
    assert -1 < skew < 10, "of one machine; but for the time that an acknowledgement takes"


def test_what_it_made_takes_records_at_once(broker: LocalKafka) -> None:
    ensure(broker.bootstrap, topics(), replication_factor=1, create=True)
    producer, refused = Producer({"bootstrap.servers": broker.bootstrap, "retries": 0}), list[object]()
    for name, card in topics().items():
        for number in range(card.partitions):
            producer.produce(name, b"x", b"key", number, on_delivery=lambda error, _: refused.append(error))
    assert producer.flush(30) == 0
    assert {*refused} == {None}
    _clear(broker)


def test_a_topic_that_somebody_made_meanwhile_is_left_alone(broker: LocalKafka) -> None:
    card = topics()["declaration-inputs"]
    make(broker, card.name, 4, {})
    Admin(broker.bootstrap).create([card], 1)
    assert len(Admin(broker.bootstrap).metadata().topics[card.name].partitions) == 4


def test_it_makes_nothing_when_it_only_checks(broker: LocalKafka) -> None:
    result = run("--check", "--bootstrap", broker.bootstrap)
    assert result.exit_code == 1
    assert "declaration-inputs is missing: `clearance topics` makes it." in result.stdout
    assert not [name for name in Admin(broker.bootstrap).metadata().topics if not name.startswith("__")]


def test_it_prints_what_it_made_and_how_long_each_is_kept(broker: LocalKafka) -> None:
    result = run("--bootstrap", broker.bootstrap)
    assert result.exit_code == 0
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert "declaration-status 12 the last of each key, after 7 days created" in lines
    assert len(lines) == len(topics()) + 1
    assert run("--check", "--bootstrap", broker.bootstrap).exit_code == 0


def test_it_refuses_wrong_partitions_and_leaves_them(broker: LocalKafka) -> None:
    make(broker, "declaration-inputs", 4, policies(topics()["declaration-inputs"]))
    result = run("--bootstrap", broker.bootstrap)
    assert result.exit_code == 1
    assert "declaration-inputs has 4 partitions, its card says 12." in result.stdout
    assert len(Admin(broker.bootstrap).metadata().topics["declaration-inputs"].partitions) == 4
    assert len(Admin(broker.bootstrap).metadata().topics["declaration-events"].partitions) == 12


def test_it_refuses_a_wrong_policy_and_leaves_it(broker: LocalKafka) -> None:
    make(broker, "declaration-status", 12, {"cleanup.policy": "delete"})
    report = ensure(broker.bootstrap, topics(), replication_factor=1, create=True)
    states = {topic.name: topic for topic in report.topics}
    assert states.pop("declaration-status").state == "wrong"
    assert {topic.state for topic in states.values()} == {"created"}
    assert (
        "cleanup.policy is delete, its card says compact"
        in report.topics[[*topics()].index("declaration-status")].problems[0]
    )
    assert Admin(broker.bootstrap).settings(["declaration-status"])["declaration-status"]["cleanup.policy"] == "delete"


def test_the_command_that_it_names_mends_the_policy(broker: LocalKafka) -> None:
    make(broker, "declaration-status", 12, {"cleanup.policy": "delete", "max.message.bytes": "5000"})
    (problem,) = next(
        topic.problems
        for topic in ensure(broker.bootstrap, topics(), replication_factor=1, create=True).topics
        if topic.name == "declaration-status"
    )
    named = dict(part.split("=", 1) for part in problem.rsplit("--add-config ", 1)[1].split(","))
    entries = [ConfigEntry(*one, incremental_operation=AlterConfigOpType.SET) for one in named.items()]
    resource = ConfigResource(ConfigResource.Type.TOPIC, "declaration-status", incremental_configs=entries)
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    admin.incremental_alter_configs([resource])[resource].result()
    end = monotonic() + 10
    while run("--check", "--bootstrap", broker.bootstrap).exit_code and monotonic() < end:
        admin.poll(0.05)
    assert run("--check", "--bootstrap", broker.bootstrap).exit_code == 0


def test_it_says_what_a_broker_refuses(broker: LocalKafka) -> None:
    with pytest.raises(BrokerError, match=r"does not create \S+: .*replication factor"):
        ensure(broker.bootstrap, topics(), replication_factor=3, create=True)


def test_a_topic_that_was_made_again_has_another_id(broker: LocalKafka) -> None:
    ensure(broker.bootstrap, topics(), replication_factor=1, create=True)
    before = identify(broker.bootstrap, BASE.cards())
    assert {*before.topic_ids} == {*topics()}
    assert identify(broker.bootstrap, BASE.cards()) == before
    _clear(broker)
    ensure(broker.bootstrap, topics(), replication_factor=1, create=True)
    after = identify(broker.bootstrap, BASE.cards())
    assert after.cluster_id == before.cluster_id
    assert not {*after.topic_ids.values()} & {*before.topic_ids.values()}


def test_it_says_what_cannot_be_had_on_an_embedded_broker(embedded_broker: EmbeddedBroker) -> None:
    result = run("--bootstrap", embedded_broker.bootstrap)
    assert result.exit_code == 0
    for words in ("This is an embedded broker", "in memory only", "newest 5 MiB", "nothing is compacted"):
        assert words in result.stdout


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[object, str]]:
    """The program as a shell runs it: its exit code and what it says on standard error."""

    def told(*words: str) -> tuple[object, str]:
        monkeypatch.setenv("CLEARANCE_KAFKA_REPLICATION_FACTOR", "1")
        monkeypatch.delenv("CLEARANCE_KAFKA_BOOTSTRAP_SERVERS", raising=False)
        monkeypatch.setattr("sys.argv", ["clearance", "topics", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, capsys.readouterr().err

    return told


def test_a_missing_broker_is_one_line_within_seconds(program: Callable[..., tuple[object, str]]) -> None:
    at, start = f"127.0.0.1:{free_port()}", monotonic()
    code, said = program("--bootstrap", at)
    assert monotonic() - start < 10
    assert code == 2
    assert said.startswith(f"clearance: no broker at {at}: start one, with `make kafka`")
    assert said.count("\n") == 1


def test_a_missing_setting_is_one_line(program: Callable[..., tuple[object, str]]) -> None:
    code, said = program()
    assert code == 2
    assert said.startswith("clearance: CLEARANCE_KAFKA_BOOTSTRAP_SERVERS is not set")
    assert said.count("\n") == 1
