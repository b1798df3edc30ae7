"""What the checks look at: the settings of this process and what follows from them, each asked for once.

Whatever is asked for here raises `BrokerError`, `InvalidSetting` or `StoreError`.
"""

import asyncio
from collections.abc import Mapping
from functools import cached_property
from typing import Self

from confluent_kafka.admin import ClusterMetadata  # type: ignore[attr-defined]
from sqlalchemy import Engine

from clearance.contracts.cards import Card
from clearance.doctor.last_progress import Latest, latest
from clearance.doctor.watching import Seen, watch
from clearance.kafka.admin import Admin
from clearance.kafka.clients import ends, silence
from clearance.kafka.epochs import Current
from clearance.kafka.names import EPOCHS, Names
from clearance.kafka.ready import find_log, find_names
from clearance.kafka.set_aside_list import SetAsideList
from clearance.kafka.topics import Identity, is_embedded
from clearance.operations.parked_partitions import lists_of_all
from clearance.operations.readers import reading
from clearance.settings import Settings, needs_broker
from clearance.store.connect import open_store

CONNECTIONS = 2


class Installation:
    """As the settings name it; `epoch` is the current one if it is None. A context, which closes the store."""

    def __init__(self, settings: Settings, epoch: int | None = None) -> None:
        self.settings, self._epoch = settings, epoch
        silence()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if "store" in self.__dict__:
            self.store.dispose()

    @cached_property
    def bootstrap(self) -> str:
        return needs_broker(self.settings)

    @cached_property
    def admin(self) -> Admin:
        return Admin(self.bootstrap)

    @cached_property
    def cluster(self) -> ClusterMetadata:
        """The cluster's id, its brokers and its topics."""
        return self.admin.metadata()

    @cached_property
    def log(self) -> Current:
        """Which epoch is current, and where the base log is."""
        return find_log(self.bootstrap)

    @cached_property
    def names(self) -> Names:
        """Of the epoch; that of the settings while no broker tells which is current."""
        if self._epoch is None and EPOCHS in self.cluster.topics:
            return self.log.names()
        return find_names(self.bootstrap, self.settings.epoch if self._epoch is None else self._epoch)

    @cached_property
    def cards(self) -> Mapping[str, Card]:
        """Of every topic that there must be, by name."""
        return {**self.names.of_base.cards(), **self.names.cards()}

    @cached_property
    def topic_settings(self) -> Mapping[str, Mapping[str, str]]:
        """By topic, of those that are there; nothing can be read of an embedded broker."""
        there = [name for name in self.cards if name in self.cluster.topics]
        return {} if is_embedded(self.cluster.cluster_id or "") else self.admin.settings(there)

    @cached_property
    def identity(self) -> Identity:
        """Of the cluster and of the topics, which must all be there."""
        return Identity(self.cluster.cluster_id or "", self.admin.topic_ids(self.cards))

    @cached_property
    def latest(self) -> Latest:
        """How far the log is folded, and where it begins and ends."""
        return asyncio.run(latest(self.bootstrap, self.names, self.identity))

    @cached_property
    def seen(self) -> Mapping[int, Seen]:
        """What trackers told while we looked, by partition."""
        return asyncio.run(watch(self.bootstrap, self.names))

    @cached_property
    def lists(self) -> Mapping[int, SetAsideList]:
        """What is not folded, by partition."""
        return asyncio.run(_lists(self.bootstrap, self.names))

    def held(self, topic: str) -> int:
        """How many records a topic holds that nothing is compacted in."""
        return asyncio.run(_held(self.bootstrap, topic, self.cards[topic].partitions))

    @cached_property
    def store(self) -> Engine:
        return open_store(self.settings.database_url, self._store_epoch(), CONNECTIONS, read_only=True)

    def _store_epoch(self) -> int:
        """A store can be looked at without a broker, which would tell the epoch."""
        return self.names.epoch if "names" in self.__dict__ else self._epoch or self.settings.epoch


async def _lists(bootstrap: str, names: Names) -> Mapping[int, SetAsideList]:
    async with reading(bootstrap) as reader:
        return await lists_of_all(reader, names)


async def _held(bootstrap: str, topic: str, partitions: int) -> int:
    async with reading(bootstrap) as reader:
        bounds = [await ends(reader, topic, number) for number in range(partitions)]
    return sum(after - first for first, after in bounds)
