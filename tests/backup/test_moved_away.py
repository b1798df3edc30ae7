"""A backup that is asked of a cluster which the log was moved away from is one of the log, where it is now."""

import asyncio
from pathlib import Path

from clearance.backup.process import saved
from clearance.contracts import topics
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.kafka import clients, epochs
from clearance.kafka.move_records import Order
from clearance.kafka.names import BaseLog, Names
from clearance.kafka.topics import identify
from clearance.settings import load
from clearance.settings.clock import utc_now

MOVED = Names.of(1, BaseLog(1, 3))


async def tell(address: str, leads_to: str) -> None:
    async with clients.new_producer(address) as producer:
        await epochs.switch_base(producer, Order(1, 3), utc_now(), leads_to)


def test_it_is_of_the_cluster_that_the_old_one_leads_to(tmp_path: Path) -> None:
    with EmbeddedBroker(topics().values()) as old, EmbeddedBroker(MOVED.cards().values()) as new:
        asyncio.run(tell(new.bootstrap, ""))
        asyncio.run(tell(old.bootstrap, new.bootstrap))
        settings = load(kafka_bootstrap_servers=old.bootstrap, database_url=f"sqlite:///{tmp_path / 'store.db'}")
        manifest = asyncio.run(saved(tmp_path / "kept", settings, True))
        cluster = identify(new.bootstrap, MOVED.cards()).cluster_id
    assert (manifest.cluster_id, manifest.moved) == (cluster, MOVED.base)
