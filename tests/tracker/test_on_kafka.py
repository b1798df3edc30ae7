"""What only a real Kafka can do to a tracker: delete a topic and make it again, know its members by name.

On the embedded broker: `test_topics_made_anew.py`, `test_free_name.py`, `tests/stages/test_fencing.py`.
"""

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer

from clearance.contracts import topics
from clearance.devbroker.local import LocalKafka
from clearance.kafka.admin import Admin
from clearance.kafka.names import BASE
from clearance.kafka.topics import ensure
from clearance.settings import InvalidSetting
from clearance.tracker.free_name import GROUP, require_free_name

from .by_hand import PARTITIONS
from .running import Tracker, owns_all, until


@pytest.fixture
def tracker(own_kafka: LocalKafka, tmp_path: Path) -> Iterator[Tracker]:
    """One with a name, at work."""
    ensure(own_kafka.bootstrap, topics(), replication_factor=1, create=True)
    one = Tracker(own_kafka.bootstrap, tmp_path, {"CLEARANCE_TRACKER_INSTANCE": "port-1"})
    one.start()
    asyncio.run(until(lambda: owns_all(one), "all partitions are open"))
    yield one
    one.end(signal.SIGKILL)


@pytest.mark.soak
def test_a_name_is_one_trackers_and_a_topic_that_was_made_anew_ends_it(own_kafka: LocalKafka, tracker: Tracker) -> None:
    with pytest.raises(InvalidSetting, match=r"a tracker named port-1 is at work on .*: give each a name of its own"):
        require_free_name(own_kafka.bootstrap, BASE, GROUP, "port-1")

    asyncio.run(comes_with_its_name(tracker))
    assert (tracker.last_words["event"], tracker.last_words["service"]) == ("cannot_continue", "tracker")
    assert tracker.last_words["reason"].startswith("another worker joined the group as port-1")

    require_free_name(own_kafka.bootstrap, BASE, GROUP, "port-1")  # for a session, but nobody works
    tracker.start()
    asyncio.run(until(lambda: owns_all(tracker), "it has its partitions back"))
    Admin(own_kafka.bootstrap).delete([BASE.events])
    ensure(own_kafka.bootstrap, topics(), replication_factor=1, create=True)
    assert tracker.ended() == 2
    assert tracker.last_words["reason"].startswith("declaration-events was deleted and made again, and the events that")


async def comes_with_its_name(tracker: Tracker) -> None:
    """A member that no look at the group keeps away."""
    async with AIOKafkaConsumer(
        BASE.inputs, bootstrap_servers=tracker.bootstrap, group_id=GROUP, group_instance_id="port-1"
    ) as member:
        ended = asyncio.create_task(asyncio.to_thread(tracker.ended))
        while not ended.done():
            await member.getmany(timeout_ms=100)
        assert ended.result() == 2
        assert len(member.assignment()) == PARTITIONS
