"""The topics of a broker against their cards: made where missing, refused where otherwise, never altered."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from clearance.contracts.cards import Card
from clearance.kafka.admin import Admin
from clearance.kafka.errors import BrokerError
from clearance.kafka.names import epoch_of
from clearance.kafka.policies import problems

EMBEDDED_CLUSTER = "mockCluster"
"""How the cluster id of an embedded broker begins."""
LOOK_SECONDS = 3.0
"""Between two looks at the ids of topics in use: a question that a broker answers from memory."""
TopicState = Literal["ok", "created", "missing", "wrong"]


@dataclass(frozen=True)
class CheckedTopic:
    """One topic as it is. `problems` says what is wrong and what to do, one text each."""

    name: str
    state: TopicState
    partitions: int
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class TopicsReport:
    """What `ensure` found, in the order of the cards. On an embedded broker only partitions can be verified."""

    embedded: bool
    topics: tuple[CheckedTopic, ...]

    @property
    def ok(self) -> bool:
        """Whether every topic is there and as its card says."""
        return all(topic.state in ("ok", "created") for topic in self.topics)


@dataclass(frozen=True)
class Identity:
    """Which cluster, and which topics on it: a topic that was deleted and made again has another id."""

    cluster_id: str
    topic_ids: Mapping[str, str]


def ensure(bootstrap: str, cards: Mapping[str, Card], *, replication_factor: int, create: bool) -> TopicsReport:
    """Verify the topics of the cards; with `create`, make those that are missing. Takes a few seconds at most.

    Raises `BrokerError` if there is no broker, or if it refuses to create a topic.
    """
    admin = Admin(bootstrap)
    metadata = admin.metadata()
    embedded = is_embedded(metadata.cluster_id or "")
    made = [card for name, card in cards.items() if name not in metadata.topics] if create and not embedded else []
    if made:
        admin.create(made, replication_factor)
        metadata = admin.metadata()
    counts = {name: len(metadata.topics[name].partitions) for name in cards if name in metadata.topics}
    settings = {} if embedded else admin.settings(counts)
    return TopicsReport(
        embedded,
        tuple(
            _found(card, counts[name], settings.get(name, {}), bootstrap, card in made)
            if name in counts
            else CheckedTopic(name, "missing", 0, (_missing(embedded, name),))
            for name, card in cards.items()
        ),
    )


def identify(bootstrap: str, cards: Mapping[str, Card]) -> Identity:
    """The ids of the cluster and of these topics on it. They last as long as it and they do. Raises `BrokerError`."""
    admin = Admin(bootstrap)
    metadata = admin.metadata()
    missing = [name for name in cards if name not in metadata.topics]
    if missing:
        raise BrokerError(f"topic {missing[0]} {_missing(is_embedded(metadata.cluster_id or ''), missing[0])}")
    return Identity(metadata.cluster_id or "", admin.topic_ids(cards))


def made_by(epoch: int) -> str:
    """What makes the topics of an epoch."""
    return f"`clearance rebuild --epoch {epoch}`" if epoch else "`clearance topics`"


def made_anew(before: Mapping[str, str], now: Mapping[str, str]) -> str | None:
    """The first topic, by name, that has another id than before; None if there is none."""
    return next((name for name in sorted(before) if now.get(name, before[name]) != before[name]), None)


async def until_made_anew(bootstrap: str, identity: Identity) -> str:
    """Look at the topics every few seconds, until one of them has been deleted and made again: which.

    A topic that is missing, or a broker that is away, is noticed by whoever reads and writes.
    """
    admin = Admin(bootstrap)
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        with suppress(BrokerError):
            now = await asyncio.to_thread(admin.topic_ids, identity.topic_ids)
            if (name := made_anew(identity.topic_ids, now)) is not None:
                return name


def is_embedded(cluster_id: str) -> bool:
    """Whether the cluster of this id is an embedded broker."""
    return cluster_id.startswith(EMBEDDED_CLUSTER)


def _found(card: Card, partitions: int, settings: Mapping[str, str], bootstrap: str, made: bool) -> CheckedTopic:
    wrong = problems(card, partitions, settings, bootstrap)
    return CheckedTopic(card.name, "wrong" if wrong else "created" if made else "ok", partitions, wrong)


def _missing(embedded: bool, name: str) -> str:
    if embedded:
        return "is missing, and the embedded broker makes topics only at its start: start it again"
    return f"is missing: {made_by(epoch_of(name))} makes it"
