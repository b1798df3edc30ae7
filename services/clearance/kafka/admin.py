"""Questions and orders to a broker about its topics: bounded in time, and `BrokerError` for whatever goes wrong.

The surprise: a broker answers that a topic is created, and shows its leaders, before it takes records for it; `create`
waits until it does.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from confluent_kafka import KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    AlterConfigOpType,
    ClusterMetadata,
    ConfigEntry,
    ConfigResource,
    MemberDescription,
    NewTopic,
    OffsetSpec,
)

from clearance.contracts.cards import Card
from clearance.kafka import security
from clearance.kafka.diagnosis import why_not
from clearance.kafka.errors import BrokerError, NoBroker
from clearance.kafka.policies import policies, tuning
from clearance.settings.clock import monotonic

ANSWER_SECONDS = 5.0
"""How long a broker may take to answer one question."""
Place = tuple[str, int]
"""Topic and partition."""
OTHER_LEADER = {KafkaError.FENCED_LEADER_EPOCH, KafkaError.NOT_LEADER_FOR_PARTITION}
"""What a broker answers that was started again, or leads no more, until metadata is asked for: a client remembers
whom it asked before."""
USE_SECONDS = 30.0
"""How long it may take until new topics can be used; a second on an idle machine."""


class Admin:
    """The broker at `bootstrap`. Says nothing by itself: what goes wrong is told once, by `BrokerError`."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        told: dict[str, Any] = {"bootstrap.servers": bootstrap, "client.id": "clearance-topics", "log_level": 0}
        self._client = AdminClient(told | security.for_librdkafka())

    def metadata(self) -> ClusterMetadata:
        """The id of the cluster, and topics with their partitions, by name. Raises `NoBroker` if nobody answers."""
        try:
            return self._client.list_topics(timeout=ANSWER_SECONDS)
        except KafkaException as error:
            if wrong := why_not(self.bootstrap):
                raise BrokerError(wrong) from error
            raise NoBroker(
                f"no broker at {self.bootstrap}: start one, with `make kafka` or `docker compose up`, "
                "or mend CLEARANCE_KAFKA_BOOTSTRAP_SERVERS"
            ) from error

    def create(self, cards: Sequence[Card], replication_factor: int) -> None:
        """Make the topics of these cards, and wait until they can be used; one that is there by now is left alone."""
        new = [
            NewTopic(card.name, card.partitions, replication_factor, config=policies(card) | tuning(card))
            for card in cards
        ]
        made = set()
        for name, future in self._client.create_topics(new, request_timeout=ANSWER_SECONDS).items():
            if not _is_there(future.exception()):
                with self._answers(f"does not create {name}"):
                    future.result()
                made.add(name)
        self._await_use({card.name for card in cards}, [card for card in cards if card.name in made])

    def settings(self, names: Iterable[str]) -> dict[str, dict[str, str]]:
        """All settings of these topics: topic, name of the setting, value."""
        asked = [ConfigResource(ConfigResource.Type.TOPIC, name) for name in names]
        with self._answers("does not tell the policies of its topics"):
            described = self._client.describe_configs(asked, request_timeout=ANSWER_SECONDS) if asked else {}
            return {
                resource.name: {entry.name: str(entry.value) for entry in future.result().values()}
                for resource, future in described.items()
            }

    def topic_ids(self, names: Iterable[str]) -> Mapping[str, str]:
        """The ids of these topics, by name."""
        asked = [*names]
        with self._answers("does not tell the ids of its topics"):
            collection = TopicCollection(asked)
            described = self._client.describe_topics(collection, request_timeout=ANSWER_SECONDS) if asked else {}
            return {name: str(future.result().topic_id) for name, future in described.items()}

    def members(self, group: str) -> Sequence[MemberDescription]:
        """The members of a consumer group. Raises `BrokerError` also of one that nobody has joined yet."""
        with self._answers(f"does not tell the members of {group}"):
            [future] = self._client.describe_consumer_groups([group], request_timeout=ANSWER_SECONDS).values()
            found: Sequence[MemberDescription] = future.result().members
            return found

    def ends(self, places: Iterable[Place]) -> Mapping[Place, int]:
        """The offset that the next record of each partition will get, by topic and partition."""
        asked = {TopicPartition(*place): OffsetSpec.latest() for place in places}  # type: ignore[no-untyped-call]
        with self._answers("does not tell where its partitions end"):
            try:
                return self._ends(asked)
            except KafkaException as error:
                if error.args[0].code() not in OTHER_LEADER:
                    raise
                self.metadata()
                return self._ends(asked)

    def _ends(self, asked: Mapping[TopicPartition, Any]) -> Mapping[Place, int]:
        answers = self._client.list_offsets({**asked}, request_timeout=ANSWER_SECONDS) if asked else {}
        return {(place.topic, place.partition): future.result().offset for place, future in answers.items()}

    def change(self, names: Iterable[str], setting: str, value: str) -> None:
        """Give one setting of these topics another value, and wait until the broker shows it."""
        asked = [*names]
        entry = ConfigEntry(setting, value, incremental_operation=AlterConfigOpType.SET)
        wanted = [ConfigResource(ConfigResource.Type.TOPIC, name, incremental_configs=[entry]) for name in asked]
        with self._answers(f"does not change {setting} of its topics"):
            altered = self._client.incremental_alter_configs(wanted, request_timeout=ANSWER_SECONDS) if asked else {}
            for future in altered.values():
                future.result()
        end = monotonic() + USE_SECONDS
        while other := [name for name, held in self.settings(asked).items() if held[setting] != value]:
            if monotonic() > end:
                raise BrokerError(f"the broker at {self.bootstrap} does not change {setting} of {other[0]}")
            self._client.poll(0.05)

    def purge(self, topic: str, firsts: Mapping[int, int]) -> None:
        """Let partitions of a topic begin at these offsets: what lies before is gone."""
        asked = [TopicPartition(topic, number, first) for number, first in firsts.items()]
        with self._answers(f"does not delete the first records of {topic}"):
            purged = self._client.delete_records(asked, request_timeout=ANSWER_SECONDS) if asked else {}
            for future in purged.values():
                future.result()

    def delete(self, names: Iterable[str]) -> None:
        """Delete these topics with all that they hold."""
        for name, future in self._client.delete_topics([*names], request_timeout=ANSWER_SECONDS).items():
            with self._answers(f"does not delete {name}"):
                future.result()

    def _await_use(self, names: set[str], made: Sequence[Card]) -> None:
        places = [TopicPartition(card.name, number) for card in made for number in range(card.partitions)]
        end = monotonic() + USE_SECONDS
        while refusal := self._unknown(names) or Admin(self.bootstrap)._refusal(places):
            if monotonic() > end:
                raise BrokerError(f"the broker at {self.bootstrap} takes no records for its new topics: {refusal}")
            self._client.poll(0.05)

    def _unknown(self, names: set[str]) -> str:
        unknown = names - {*self.metadata().topics}
        return f"it does not know {min(unknown)}" if unknown else ""

    def _refusal(self, places: Sequence[TopicPartition]) -> BaseException | None:
        """Ask this of a new `Admin`: a client remembers for half a minute that a topic was not there."""
        asked = {place: OffsetSpec.latest() for place in places}  # type: ignore[no-untyped-call]
        answers = self._client.list_offsets(asked, request_timeout=ANSWER_SECONDS) if asked else {}
        refusals = [future.exception() for future in answers.values()]  # all awaited: questions must not pile up
        return next(filter(None, refusals), None)

    @contextmanager
    def _answers(self, otherwise: str) -> Iterator[None]:
        try:
            yield
        except KafkaException as error:
            raise BrokerError(f"the broker at {self.bootstrap} {otherwise}: {error.args[0].str()}") from error


def _is_there(error: BaseException | None) -> bool:
    return isinstance(error, KafkaException) and error.args[0].code() == KafkaError.TOPIC_ALREADY_EXISTS
