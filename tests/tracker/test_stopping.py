"""What stops the tracker: exit code and last words say what to do, and done, it goes on."""

import asyncio
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import OffsetAndMetadata
from msgspec.structs import replace
from tests.helpers.partition_logs import TABLES

from clearance.contracts import topics
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.events.partition.batch import PartitionFold
from clearance.kafka.names import BASE
from clearance.kafka.wire import progress_record, read_src, status_head
from clearance.tracker.free_name import GROUP
from clearance.tracker.owned import Owned

from .by_hand import AT, PARTITIONS, ByHand, by_hand, keys, lives, receipt
from .running import LINGERING, PATIENCE_SECONDS, PROGRAM, UNDELIVERING, Tracker, ends, owns_all, positions, until

PARTITION = 4
KEYS = keys(PARTITION, count=3)


async def another_cluster(hand: ByHand) -> None:
    told = Owned(PARTITION, PartitionFold(TABLES), hand.identity).progress(AT)
    await hand.write(BASE.progress, PARTITION, progress_record(replace(told, cluster_id="another")))


async def shorter_log(hand: ByHand) -> None:
    told = Owned(PARTITION, PartitionFold(TABLES), hand.identity).progress(AT)
    await hand.write(BASE.progress, PARTITION, progress_record(replace(told, position=1000)))


async def inputs(hand: ByHand) -> None:
    """And the group's offsets say that all has been read; nobody is to look at them."""
    await hand.append(PARTITION, *(receipt(key, code, minutes) for minutes, code in enumerate("7L") for key in KEYS))
    place = TopicPartition(BASE.inputs, PARTITION)
    async with AIOKafkaConsumer(bootstrap_servers=hand.bootstrap, group_id=GROUP) as group:
        group.assign([place])
        await group.commit({place: OffsetAndMetadata((await ends(hand))[PARTITION], "")})


Told = Callable[[ByHand], Awaitable[None]]
CASES: dict[str, Told] = {
    "another cluster": another_cluster,
    "shorter log": shorter_log,
    "inputs": inputs,
    "undelivering": inputs,
    "lingering": inputs,
}
PROGRAMS = {"undelivering": (UNDELIVERING,), "lingering": (LINGERING,)}


@pytest.fixture(scope="module")
def trackers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Tracker]]:
    """One for each case, all started at once, each on a broker that was told something first."""
    found: dict[str, Tracker] = {}
    with ExitStack() as stack:
        for what, told in CASES.items():
            broker = stack.enter_context(EmbeddedBroker(topics().values()))
            asyncio.run(tell(broker.bootstrap, told))
            folder = tmp_path_factory.mktemp("tracker")
            settings = {"CLEARANCE_TRACKER_BATCH_RECORDS": "10"}
            found[what] = Tracker(broker.bootstrap, folder, settings, PROGRAMS.get(what, (PROGRAM,)))
            found[what].start()
            stack.callback(found[what].end, signal.SIGKILL)
        yield found


async def tell(bootstrap: str, told: Told) -> None:
    async with by_hand(bootstrap) as hand:
        await told(hand)


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("another cluster", f"{BASE.progress}:{PARTITION} was written for cluster another"),
        ("shorter log", f"{BASE.inputs}:{PARTITION} holds offsets 0 to -1, and offset 1001 is to be folded next"),
    ],
)
def test_a_log_that_is_not_the_one_that_was_folded_ends_it_for_good(
    what: str, reason: str, trackers: dict[str, Tracker]
) -> None:
    tracker = trackers[what]
    assert tracker.ended() == 2
    words = tracker.last_words
    assert (words["event"], words["partition"]) == ("cannot_continue", PARTITION)
    assert reason in words["reason"]
    assert "delete declaration-events, declaration-status and tracker-progress" in words["reason"]
    assert "Traceback" not in tracker.log.read_text(encoding="utf-8")


def test_a_bug_between_faust_and_the_fold_stops_it_in_the_same_way(trackers: dict[str, Tracker]) -> None:
    tracker = trackers["undelivering"]
    assert tracker.ended() == 70
    assert tracker.last_words["event"] == "stopped"
    assert "a bug of the batching" in tracker.last_words["reason"]


def test_a_stop_ends_though_faust_does_not(trackers: dict[str, Tracker]) -> None:
    tracker = trackers["lingering"]
    asyncio.run(until(lambda: owns_all(tracker), "it has begun"))
    assert tracker.end() == 70
    assert tracker.last_words["event"] == "stop_takes_too_long"
    assert "_stop_consumer" in " ".join(tracker.last_words["waits_for"])


def test_a_stop_in_the_middle_leaves_nothing_begun(trackers: dict[str, Tracker]) -> None:
    """So that another version of the fold may go on from there."""
    tracker = trackers["inputs"]

    async def run() -> None:
        async with by_hand(tracker.bootstrap) as hand:
            stopping = None
            for rank in range(20, 160, 2):  # it goes on to the last moment, and so do the inputs
                for partition, records in lives(rank, 2).items():
                    await hand.append(partition, *records)
                if stopping is None and await begun(hand):
                    stopping = asyncio.create_task(asyncio.to_thread(tracker.end, signal.SIGTERM))
                if stopping is not None and stopping.done():
                    break
            assert stopping is not None, "it had not begun"
            assert await stopping == 0
            stopped, last = await positions(hand), await ends(hand)
            assert any(stopped[number] < last[number] - 1 for number in last), "it was done before it was stopped"
            for partition in range(PARTITIONS):
                events = [read_src(one.value) for one in await hand.read(BASE.events, partition)]
                states = [status_head(one.headers).src for one in await hand.read(BASE.status, partition)]
                assert max([*events, *states]) <= stopped[partition], "written beyond what its progress tells"

    asyncio.run(run())


async def begun(hand: ByHand) -> bool:
    return min((await positions(hand)).values()) >= 0


def refused(*options: str) -> list[str]:
    """What a tracker says that cannot start; it must be one line, and exit code 2."""
    command = [sys.executable, "-m", "clearance.cli", "tracker", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS)  # noqa: S603
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr.splitlines()


def test_a_port_for_metrics_that_is_taken_is_one_line_with_the_setting(trackers: dict[str, Tracker]) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        [line] = refused("--bootstrap", trackers["inputs"].bootstrap, "--metrics-port", port)
    assert port in line
    assert "CLEARANCE_TRACKER_METRICS_PORT" in line


def test_a_broker_without_the_topics_is_one_line_that_names_one(tmp_path: Path) -> None:
    with EmbeddedBroker([]) as empty:
        [line] = refused("--bootstrap", empty.bootstrap)
    assert json.dumps(line).count(" is missing") == 1
