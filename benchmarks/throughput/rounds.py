"""One contestant, once: fresh topics, its processes, the prepared log, and what was written.

The processes start on a log that holds one record in each partition. When they have folded those, they stand still
(SIGSTOP) while the rest of the log is written, and are let go: nobody's start is timed, and nobody is helped by it.
"""

import asyncio
import os
import signal
import subprocess
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aiokafka import AIOKafkaProducer
from benchmarks.throughput.contestants import Contestant
from benchmarks.throughput.observed import Observed, folded, observe
from benchmarks.throughput.prepared import PARTITIONS, Prepared
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

from clearance.contracts import topics
from clearance.devbroker.local import LocalKafka
from clearance.events.log.input_records import InputRecord
from clearance.kafka import clients
from clearance.kafka.names import BASE
from clearance.kafka.topics import ensure
from clearance.kafka.wire import outgoing_input
from clearance.settings.clock import monotonic, utc_now

RUN_SECONDS, LOOK_SECONDS = 900.0, 0.5


@dataclass(frozen=True)
class Result:
    """What was seen, the processor time of the contestant's processes from go to the last commit [s], and the bytes of
    its topics on the broker's disk."""

    observed: Observed
    cpu_seconds: float
    disk: Mapping[str, int]


async def play(contestant: Contestant, prepared: Prepared, kafka: LocalKafka, log: Path) -> Result:
    """Raises `SystemExit` if the contestant ends, or does not come to the end of the log."""
    bootstrap, compression = kafka.bootstrap, contestant.compression
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    await _renew_topics(admin, bootstrap, contestant)
    await fill(bootstrap, [records[:1] for records in prepared.log], compression)
    with contestant.running(bootstrap, log) as processes:
        await _until(lambda: _ready(admin, bootstrap, contestant), contestant, processes, log)
        with _paused(processes):
            await fill(bootstrap, [records[1:] for records in prepared.log], compression)
            inputs = _on_disk(kafka, BASE.inputs)  # without what is sent once more
            await asyncio.to_thread(os.sync)  # nobody pays for what the one before has left to write
            cpu, begun = _cpu_seconds(processes), utc_now()
        await _until(lambda: folded(bootstrap, contestant.group, PARTITIONS), contestant, processes, log)
        cpu = _cpu_seconds(processes) - cpu
    disk = {BASE.inputs: inputs} | {topic: _on_disk(kafka, topic) for topic in (BASE.events, BASE.status)}
    return Result(await observe(bootstrap, prepared, begun, contestant.same_values), cpu, disk)


async def _renew_topics(admin: AdminClient, bootstrap: str, contestant: Contestant) -> None:
    for gone in admin.delete_topics(_topics(admin)).values() if _topics(admin) else ():
        gone.result()
    while _topics(admin):
        await asyncio.sleep(0.1)
    if contestant.changelog:
        settings = {"cleanup.policy": "compact"}
        [made] = admin.create_topics([NewTopic(contestant.changelog, PARTITIONS, 1, config=settings)]).values()
        made.result()
    await asyncio.to_thread(ensure, bootstrap, topics(), replication_factor=1, create=True)


def _topics(admin: AdminClient) -> list[str]:
    """All but the broker's own. What a group has committed for a topic goes with the topic."""
    return [name for name in admin.list_topics(timeout=10).topics if not name.startswith("__")]


def _on_disk(kafka: LocalKafka, topic: str) -> int:
    """The bytes of its records, without their indexes."""
    folders = (kafka.folder / "data" / f"{topic}-{number}" for number in range(PARTITIONS))
    return sum(file.stat().st_size for folder in folders for file in folder.glob("*.log"))


async def fill(bootstrap: str, log: list[list[InputRecord]], compression: str = "zstd") -> None:
    """Write records into the log, by partition."""
    codec = None if compression == "none" else compression
    producer: AIOKafkaProducer = clients.new_producer(bootstrap, compression_type=codec)
    async with producer:
        for number, records in enumerate(log):
            await clients.write(producer, BASE.inputs, number, [*map(outgoing_input, records)])


@contextmanager
def _paused(processes: "Sequence[subprocess.Popen[bytes]]") -> Iterator[None]:
    for process in processes:
        process.send_signal(signal.SIGSTOP)
    yield
    for process in processes:
        process.send_signal(signal.SIGCONT)


async def _ready(admin: AdminClient, bootstrap: str, contestant: Contestant) -> bool:
    """Whether the first record of every partition is folded, and each worker has its share of the partitions."""
    if not await folded(bootstrap, contestant.group, PARTITIONS):
        return False
    [told] = admin.describe_consumer_groups([contestant.group]).values()
    group = await asyncio.to_thread(told.result)
    places = [member.assignment.topic_partitions for member in group.members]
    owned = [sum(place.topic == BASE.inputs for place in some) for some in places]
    return owned == [PARTITIONS // contestant.workers] * contestant.workers


def _cpu_seconds(processes: "Sequence[subprocess.Popen[bytes]]") -> float:
    """Processor time so far, from Linux's /proc: user and system."""
    told = [Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8") for process in processes]
    ticks = (sum(map(int, one.rpartition(")")[2].split()[11:13])) for one in told)
    return sum(ticks) / os.sysconf("SC_CLK_TCK")


async def _until(
    condition: Callable[[], Awaitable[bool]],
    contestant: Contestant,
    processes: "Sequence[subprocess.Popen[bytes]]",
    log: Path,
) -> None:
    end = monotonic() + RUN_SECONDS
    while not await condition():
        if any(process.poll() is not None for process in processes):
            raise SystemExit(f"{contestant.group} ended by itself; see {log}:\n{log.read_text()[-2000:]}")
        if monotonic() > end:
            raise SystemExit(f"{contestant.group} has not folded all within {RUN_SECONDS:.0f} s; see {log}")
        await asyncio.sleep(LOOK_SECONDS)
