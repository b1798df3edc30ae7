"""The whole system as processes on a real broker, for tests: started, fed, killed, waited for with bounds."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from tests.helpers.loopback import get

from clearance.cli.child_processes import ChildProcess, ChildProcesses
from clearance.contracts import topics
from clearance.devbroker.local import LocalKafka, free_port
from clearance.edge.append import open_edge
from clearance.events.partition.replay import Arrival
from clearance.kafka import clients
from clearance.kafka.names import BASE
from clearance.kafka.progress_reading import progress_of
from clearance.kafka.topics import ensure
from clearance.settings.clock import monotonic

PATIENCE_SECONDS = 120.0
START = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
"""A Monday morning, long past."""
PARTITIONS = topics()[BASE.inputs].partitions


def until(condition: Callable[[], Any], what: str, seconds: float = PATIENCE_SECONDS, every: float = 0.2) -> Any:
    """What the condition gives as soon as it is true. Fails by its name after `seconds`."""
    end, pause = monotonic() + seconds, threading.Event()
    while monotonic() < end:
        if found := condition():
            return found
        pause.wait(every)
    raise AssertionError(f"not within {seconds:.0f} s: {what}")


@dataclass
class System:
    """Processes around one broker; each projector and API by the name of its store."""

    kafka: LocalKafka
    children: ChildProcesses
    ports: dict[str, int] = field(default_factory=dict)

    @classmethod
    def on(cls, kafka: LocalKafka, folder: Path) -> "System":
        """With the topics made, and nothing running yet."""
        ensure(kafka.bootstrap, topics(), replication_factor=1, create=True)
        folder.mkdir(parents=True, exist_ok=True)
        settings = {
            "CLEARANCE_KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap,
            "CLEARANCE_TRACKER_SESSION_SECONDS": "10",
            "CLEARANCE_API_AUTHENTICATION": "false",
            "CLEARANCE_TRACKER_INSTANCE": "tracker-1",
        }
        return cls(kafka, ChildProcesses(folder, settings))

    def start_tracker(self) -> None:
        self._start("tracker", "tracker")

    def start_reading(self, name: str, url: str) -> None:
        """A projector into this store, and an API on it."""
        self._start(f"projector-{name}", "projector", "--database-url", url)
        self.ports[f"api-{name}"] = free_port()
        port = str(self.ports[f"api-{name}"])
        self.children.start(f"api-{name}", "api", "--database-url", url, "--port", port)

    def kill(self, name: str) -> None:
        """SIGKILL; it is started again at once."""
        process = self._child(name).process
        assert process is not None
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.children.look_after()

    def restarts(self, name: str) -> int:
        """How often it was started again."""
        return len(self._child(name).restarts)

    def metric(self, name: str, start: str) -> float:
        """The sum of the series of a process that begin so; 0 while it does not answer."""
        try:
            text = get(f"http://127.0.0.1:{self.ports[name]}/metrics", timeout=5).text
        except httpx.HTTPError:
            return 0
        return sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(start))

    def get(self, name: str, path: str, **options: Any) -> httpx.Response:
        """Ask the API on this store."""
        return get(f"http://127.0.0.1:{self.ports[f'api-{name}']}{path}", timeout=30, **options)

    def every(self, name: str, path: str, key: str) -> list[dict[str, Any]]:
        """All pages of a list."""
        found: list[dict[str, Any]] = []
        following: str | None = path
        while following:
            answer = self.get(name, following).raise_for_status().json()
            found += answer[key]
            following = answer["next"]
        return found

    def feed(self, arrivals: Iterable[Arrival]) -> int:
        """Through the edge into the log; how many were refused there."""
        return asyncio.run(_feed(self.kafka.bootstrap, arrivals))

    def rest(self, *stores: str) -> None:
        """Wait until everything is folded, and every store holds it."""
        until(lambda: asyncio.run(folded(self.kafka.bootstrap)), "the tracker has folded the whole log", every=1.0)
        told = datetime.now(UTC)  # noqa: TID251 # a test may look at the clock
        for name in stores:
            until(lambda name=name: self._fresh(name, told), f"the store {name} holds everything")  # type: ignore[misc]

    def _fresh(self, name: str, told: datetime) -> bool:
        self.children.look_after()
        try:
            as_of = self.get(name, "/v1/declarations?limit=1").headers.get("Clearance-As-Of", "")
        except httpx.HTTPError:
            return False
        return bool(as_of) and datetime.fromisoformat(as_of) > told

    def _start(self, name: str, *command: str) -> None:
        self.ports[name] = free_port()
        self.children.start(name, *command, "--metrics-port", str(self.ports[name]))

    def _child(self, name: str) -> ChildProcess:
        return next(child for child in self.children.running if child.name == name)


async def _feed(bootstrap: str, arrivals: Iterable[Arrival]) -> int:
    async with open_edge(bootstrap) as edge:
        return sum([taken.result != "appended" async for taken in edge.take_many(arrivals)])


async def folded(bootstrap: str) -> bool:
    """Whether every partition's progress has reached the end of its log."""
    return not await unfolded(bootstrap)


async def unfolded(bootstrap: str) -> dict[tuple[str, int], int]:
    """How far each partition has been folded, as its progress tells, if it has not reached the end of its log."""
    found = {}
    async with clients.new_reader(bootstrap) as reader:
        for partition in range(PARTITIONS):
            told = await progress_of(reader, BASE, partition)
            _, after = await clients.ends(reader, BASE.inputs, partition)
            position = told.position if told else -1
            if position != after - 1:
                found[BASE.inputs, partition] = position
    return found
