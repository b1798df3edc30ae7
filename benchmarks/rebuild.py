"""A rebuild of millions of messages beside the running system, on a real Kafka, and nobody sees a mixture.

`python -m benchmarks.rebuild --messages 5000000`. The history is a few days of the simulator, repeated under
the numbers of further seeds. The surprise: the tracker of epoch 0 is told that it has folded the history already, so
that the run does not begin with folding it; it folds the live traffic, which goes on from the first second to the last.
A clock stands at the beginning only, so no deadline fires.
"""

import argparse
import asyncio
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count, groupby, islice
from pathlib import Path
from typing import Any

import httpx
from benchmarks.message_to_status import arrival
from benchmarks.processes import Running, running
from benchmarks.surroundings import surroundings, tell
from rich.progress import Progress as Bar

from clearance.contracts import topics
from clearance.devbroker.local import LocalKafka, free_port
from clearance.edge.append import open_edge
from clearance.edge.intake import records_of
from clearance.events.log.input_records import InputRecord, input_record
from clearance.events.log.inputs import Clock
from clearance.events.log.progress import STEP_VERSION, Progress
from clearance.events.values.errors import InvalidMessage
from clearance.kafka import clients
from clearance.kafka.names import BASE
from clearance.kafka.topics import ensure, identify
from clearance.kafka.wire import Outgoing, outgoing_input, progress_record
from clearance.settings.clock import monotonic, utc_now
from clearance.settings.tables import default_tables
from clearance.simulator.traffic import MONDAY, traffic

SEED, DISTINCT = 5, 20_000
"""Of the messages that are repeated."""
PARTITIONS = topics()[BASE.inputs].partitions
AT_ONCE = 20_000
BYTES_EACH = 12_000
"""Disk that a message takes in all topics of both epochs and in the store, about."""
PATIENCE_SECONDS, START_SECONDS = 6 * 3600.0, 120.0
OF_THE_SEED = re.compile(
    rb"(?<=[EIZ]20\d\d)005(?=\d{10})|(?<=\d{4}20\d\d[01])005(?=\d{6})|(?<=SIM)005|(?<=SIM[BU])005|(?<=SIM-20\d\d-)005"
    rb"|(?<=GBSY)005|(?<=DXPENT)005"
)
ENVELOPE = b"dxp:Data"  # holds its numbers in base64


def history(messages: int) -> Iterator[InputRecord]:
    """So many messages, filed: the same days again and again, under the numbers of one seed after the other."""
    originals: list[InputRecord] = []
    for one in traffic(SEED, MONDAY):
        if len(originals) >= min(messages, DISTINCT):
            break
        if one.arrival.kind == "message" and ENVELOPE not in one.arrival.data:
            try:
                originals += records_of(one.arrival, default_tables())
            except InvalidMessage:
                continue
    seeds = (b"%03d" % seed for seed in count(SEED))
    return islice((_renamed(one, seed) for seed in seeds for one in originals), messages)


def _renamed(record: InputRecord, seed: bytes) -> InputRecord:
    value = OF_THE_SEED.sub(seed, record.value)
    key = OF_THE_SEED.sub(seed, record.key.encode()).decode()
    digest = sha256(value).hexdigest().encode()
    headers = tuple((name, digest if name == "message-id" else text) for name, text in record.headers)
    return InputRecord(key, value, headers)


async def fill(bootstrap: str, messages: int) -> None:
    """The history into the base log, behind a clock that says that time is simulated."""
    producer = clients.new_producer(bootstrap)
    await producer.start()
    records = history(messages)
    clock = outgoing_input(input_record("", Clock(at=MONDAY, external=True)))
    for number in range(PARTITIONS):
        await clients.write(producer, BASE.inputs, number, [clock])
    with Bar(transient=True) as bar:
        task = bar.add_task("history", total=messages)
        while some := [*islice(records, AT_ONCE)]:
            by_partition: dict[int, list[Outgoing]] = {number: [] for number in range(PARTITIONS)}
            for one in some:
                by_partition[clients.partition_of(one.key.encode(), PARTITIONS)].append(outgoing_input(one))
            await asyncio.gather(*(clients.write(producer, BASE.inputs, *part) for part in by_partition.items()))
            bar.advance(task, len(some))
    await producer.stop()


async def as_if_folded(bootstrap: str) -> None:
    """Progress of epoch 0 at the end of the history."""
    identity, tables = identify(bootstrap, BASE.cards()), default_tables()
    producer, reader = clients.new_producer(bootstrap), clients.new_reader(bootstrap)
    await producer.start()
    await reader.start()
    for number in range(PARTITIONS):
        _, end = await clients.ends(reader, BASE.inputs, number)
        told = Progress(
            epoch=0,
            partition=number,
            position=end - 1,
            stream_time=MONDAY,
            wall_time=utc_now(),
            ended_backfills=(),
            counts=(),
            cluster_id=identity.cluster_id,
            topic_id=identity.topic_ids[BASE.inputs],
            step_version=STEP_VERSION,
            tables_version=tables.version,
            external_clock=True,
        )
        await clients.write(producer, BASE.progress, number, [progress_record(told)])
    await reader.stop()
    await producer.stop()


@dataclass
class Live:
    """Messages at a fixed rate, until they are ended."""

    bootstrap: str
    rate: int
    sent: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        asyncio.run(self._run())

    async def _run(self) -> None:
        begun = monotonic()
        async with open_edge(self.bootstrap) as edge:
            while not self.ended.is_set():
                await asyncio.sleep(max(0.0, begun + self.sent / self.rate - monotonic()))
                await edge.take(arrival(self.sent, self.rate))
                self.sent += 1


@dataclass
class Poller:
    """A reader that asks all the time for a declaration of the live traffic, and for one of history, which only epoch 1
    can know. Each answer is of one epoch if its ETag says so and its body holds what that epoch holds."""

    url: str
    live: str
    old: str
    seen: list[int] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        with httpx.Client(base_url=self.url, timeout=30) as client:
            while not self.ended.wait(0.1):
                one = client.get(f"/v1/declarations/{self.live}")
                if one.is_success:
                    self.seen.append(_epoch(one))
                before, other = self.seen[-1:], client.get(f"/v1/declarations/{self.old}")
                if other.is_success and _epoch(other) != 1:
                    self.mixed.append(f"{self.old} answered from epoch {_epoch(other)}")
                if not other.is_success and before == [1] and _epoch(client.get(f"/v1/declarations/{self.live}")) == 1:
                    self.mixed.append(f"{self.old} is not known: {other.status_code}")


def _epoch(answer: httpx.Response) -> int:
    return int(answer.headers["ETag"].strip('"').partition(".")[0])


def until(condition: Callable[[], Any], what: str, seconds: float = PATIENCE_SECONDS) -> float:
    """Seconds until it is true. Raises `SystemExit`."""
    begun, pause = monotonic(), threading.Event()
    while not condition():
        if monotonic() - begun > seconds:
            raise SystemExit(f"not within {seconds:.0f} s: {what}")
        pause.wait(2)
    return monotonic() - begun


@contextmanager
def beside(work: Callable[[], None], ended: threading.Event) -> Iterator[None]:
    """Work in a thread of its own while the block runs."""
    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def epoch(bootstrap: str, store: str, *words: str) -> bool:
    """One `clearance epoch` command; whether it went well."""
    program = [sys.executable, "-m", "clearance.cli", "epoch", *words, "--bootstrap", bootstrap]
    return subprocess.run([*program, "--database-url", store], check=False, capture_output=True).returncode == 0  # noqa: S603 # ours


def rebuild(folder: Path, bootstrap: str, messages: int, rate: int) -> dict[str, Any]:
    """The figures of one rebuild."""
    store = f"sqlite:///{folder / 'clearance.db'}"
    settings = {"CLEARANCE_KAFKA_BOOTSTRAP_SERVERS": bootstrap, "CLEARANCE_DATABASE_URL": store}
    begun = monotonic()
    asyncio.run(fill(bootstrap, messages))
    asyncio.run(as_if_folded(bootstrap))
    filled = monotonic() - begun
    live = Live(bootstrap, rate)
    known = arrival(0, rate).data.partition(b"<CUS_CIQ_NO>")[2].partition(b"<")[0].decode()
    old = next(history(1)).key
    with ExitStack() as stack:

        def start(name: str, command: str, *options: str) -> Running:
            return stack.enter_context(running(command, bootstrap, folder / f"{name}.log", *options, **settings))

        start("tracker", "tracker")
        start("projector", "projector")
        url = f"http://127.0.0.1:{(port := free_port())}"
        stack.enter_context(_api(bootstrap, store, port, folder / "api.log"))
        stack.enter_context(beside(live.run, live.ended))
        until(lambda: _answers(f"{url}/v1/declarations/{known}"), "the live traffic is answered", START_SECONDS)
        poller = Poller(url, known, old)
        stack.enter_context(beside(poller.run, poller.ended))
        fed, begun = folder / "feeder.log", monotonic()
        stack.enter_context(_feeder(bootstrap, fed))
        until(lambda: "feeding" in fed.read_text(encoding="utf-8"), "the topics of epoch 1 are made", START_SECONDS)
        tracker = start("tracker-1", "tracker", "--epoch", "1")
        start("projector-1", "projector", "--epoch", "1")
        until(lambda: "caught up" in fed.read_text(encoding="utf-8"), "history is copied")
        copied = monotonic() - begun
        until(lambda: tracker.metric("clearance_inputs_total") and not _lag(tracker), "history is folded")
        folded = monotonic() - begun
        sent = live.sent
        until(lambda: epoch(bootstrap, store, "switch", "1"), "epoch 1 has caught up")
        switched = monotonic() - begun
        until(lambda: poller.seen[-1:] == [1], "readers are at epoch 1", START_SECONDS)
        went_back = epoch(bootstrap, store, "back")
        until(lambda: poller.seen[-1:] == [0], "readers are at epoch 0 again", START_SECONDS)
        poller.ended.set()
        used = sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())
    runs = [one for one, _ in groupby(poller.seen)]
    return {
        "messages": messages,
        "live_per_second": rate,
        "live_sent_meanwhile": sent,
        "fill_seconds": round(filled, 1),
        "copied_seconds": round(copied, 1),
        "folded_seconds": round(folded, 1),
        "switched_seconds": round(switched, 1),
        "messages_per_second_until_folded": round(messages / folded),
        "answers": len(poller.seen),
        "mixed": len(poller.mixed),
        "epochs_seen": runs,
        "back": went_back,
        "disk_gib": round(used / 2**30, 1),
    }


def _lag(tracker: Running) -> float:
    return tracker.metric("clearance_tracker_lag_records")


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=30).is_success
    except httpx.HTTPError:
        return False


@contextmanager
def _api(bootstrap: str, store: str, port: int, log: Path) -> Iterator[None]:
    with _process(
        log, "api", "--no-authentication", "--bootstrap", bootstrap, "--database-url", store, "--port", str(port)
    ):
        yield


@contextmanager
def _feeder(bootstrap: str, log: Path) -> Iterator[None]:
    with _process(log, "rebuild", "--epoch", "1", "--bootstrap", bootstrap):
        yield


@contextmanager
def _process(log: Path, *words: str) -> Iterator[None]:
    with log.open("ab") as said:
        process = subprocess.Popen([sys.executable, "-m", "clearance.cli", *words], stdout=said, stderr=said)  # noqa: S603 # ours
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=5_000_000)
    parser.add_argument("--rate", type=int, default=20, help="live messages a second")
    parser.add_argument("--folder", type=Path, help="where Kafka and the store lie meanwhile")
    parser.add_argument("--json", type=Path, help="write the result here as well")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        free = shutil.disk_usage(name).free
        if free < options.messages * BYTES_EACH:
            raise SystemExit(
                f"{free / 2**30:.0f} GiB are free in {name}; {options.messages:,} messages take "
                f"{options.messages * BYTES_EACH / 2**30:.0f}: fewer --messages, or another --folder"
            )
        with LocalKafka(Path(name) / "kafka") as kafka:
            ensure(kafka.bootstrap, topics(), replication_factor=1, create=True)
            figures = rebuild(Path(name), kafka.bootstrap, options.messages, options.rate)
    result = {**surroundings(), "benchmark": "rebuild", **figures}
    tell(result, options.json)
    if figures["mixed"] or figures["epochs_seen"] != [0, 1, 0]:
        raise SystemExit("an answer was of no epoch, or readers did not go from one to the other and back once")


if __name__ == "__main__":
    main()
