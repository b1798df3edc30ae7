"""The tracker as a process on an embedded broker: started, killed, waited for with bounds."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families
from tests.helpers.loopback import get
from tests.helpers.partition_logs import TABLES

from clearance.devbroker.local import free_port
from clearance.kafka import clients
from clearance.kafka.names import BASE
from clearance.kafka.progress_reading import progress_of
from clearance.testing.oracle import Findings, consult

from .by_hand import PARTITIONS, ByHand

PATIENCE_SECONDS = 60.0
SESSION_SECONDS = "6"
"""The embedded broker knows no static members: after a kill the partitions are free only when this has passed."""
PROGRAM = "import typer; from clearance.cli.tracker import tracker; typer.run(tracker)"
"""The command by itself: the other commands of the program take longer to import than this one to start."""
FOLDING = """
import sys, time
import typer
from clearance.events.partition import partition
from clearance.cli.tracker import tracker

genuine, marked = partition.step, sys.argv[1]

def step(declaration, given, tables, expectations=None):
    if declaration.id == marked:
        {does}
    return genuine(declaration, given, tables, expectations)

partition.step = step
sys.argv[:2] = ["tracker"]
typer.run(tracker)
"""
"""The same, but before one declaration is folded something is done."""
POISONED = FOLDING.format(does='raise KeyError("a bug of the fold")')
"""For one declaration the fold fails."""
HANGING = FOLDING.format(does="time.sleep(600)")
"""The fold of one declaration does not come to an end."""
MADE_ANEW = """
import sys
from dataclasses import replace
import typer
from clearance.tracker import process
from clearance.cli.tracker import tracker

genuine, topic = process.await_topics, sys.argv[1]

def await_topics(*given):
    identity = genuine(*given)
    return replace(identity, topic_ids={**identity.topic_ids, topic: "the id before"})

process.await_topics = await_topics
sys.argv[:2] = ["tracker"]
typer.run(tracker)
"""
"""The same, but one topic had another id when it began."""
UNDELIVERING = """
import typer
from clearance.stages.batching import Consumer
from clearance.cli.tracker import tracker

def to_message(self, place, records):
    raise KeyError("a bug of the batching")

Consumer._to_message = to_message
typer.run(tracker)
"""
"""The same, but nothing that was fetched is delivered."""
LINGERING = """
import asyncio
from functools import partial
import typer
from clearance.stages import process
from clearance.stages.batching import App
from clearance.cli.tracker import tracker

async def _stop_consumer(self):
    await asyncio.Event().wait()

App._stop_consumer = _stop_consumer
process.end_within = partial(process.end_within, seconds=1)
typer.run(tracker)
"""
"""The same, but Faust waits for ever before it tells the app that it ends, for which it has a second."""


@dataclass
class Tracker:
    """One process at a time; what it said is kept in `folder`."""

    bootstrap: str
    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    program: tuple[str, ...] = (PROGRAM,)
    process: subprocess.Popen[bytes] | None = None
    port: int = 0

    def start(self) -> None:
        assert self.process is None
        self.port = free_port()
        options = ["--bootstrap", self.bootstrap, "--metrics-port", str(self.port)]
        settings = {
            "CLEARANCE_LOG_FORMAT": "json",
            "CLEARANCE_TRACKER_SESSION_SECONDS": SESSION_SECONDS,
            "CLEARANCE_TRACKER_INDEX_FOLDER": str(self.folder / "index"),
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 # our own program
                [sys.executable, "-c", *self.program, *options],
                stdout=log,
                stderr=log,
                env={**os.environ, **settings, **self.settings},
            )

    @property
    def log(self) -> Path:
        return self.folder / "tracker.log"

    @property
    def lines(self) -> list[str]:
        return self.log.read_text(encoding="utf-8").splitlines()

    @property
    def last_words(self) -> dict[str, Any]:
        """The last line that it logged."""
        found: dict[str, Any] = json.loads(self.lines[-1])
        return found

    def events(self, name: str) -> list[dict[str, Any]]:
        """All lines of this event."""
        return [line for line in map(json.loads, self.lines) if line["event"] == name]

    def kill(self) -> None:
        """As the power fails."""
        self.end(signal.SIGKILL)

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Its exit code."""
        if self.process is None:
            return 0
        self.process.send_signal(how)
        return self.ended()

    def ended(self) -> int:
        """Wait for its end; its exit code."""
        assert self.process is not None
        code = self.process.wait(PATIENCE_SECONDS)
        self.process = None
        return code

    def metrics(self) -> dict[tuple[str, tuple[str, ...]], float]:
        """What a scrape shows: name and label values."""
        text = get(f"http://127.0.0.1:{self.port}/metrics").raise_for_status().text
        samples = (one for family in text_string_to_metric_families(text) for one in family.samples)
        return {(one.name, tuple(one.labels.values())): one.value for one in samples}


async def until(condition: Callable[[], Awaitable[Any]], what: str) -> Any:
    """What the condition gives as soon as it is true. Fails by its name after a while."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not (found := await condition()):
                await asyncio.sleep(0.05)
            return found
    except TimeoutError:
        raise AssertionError(f"not within {PATIENCE_SECONDS:.0f} s: {what}") from None


async def exact(bootstrap: str) -> Findings:
    """The oracle's findings as soon as they are exact, else those of the last time that it was asked."""
    found = Findings(lost=["never asked"])

    async def asked() -> bool:
        nonlocal found
        found = (await consult(bootstrap, TABLES))[1]
        return found.exact

    try:
        await until(asked, "exact")
    except AssertionError:
        return found
    return found


async def positions(hand: ByHand, partitions: Iterable[int] = range(PARTITIONS)) -> dict[int, int]:
    """How far each partition has been folded, as the tracker tells."""
    told = {number: await progress_of(hand.reader, BASE, number) for number in partitions}
    return {number: one.position if one else -1 for number, one in told.items()}


async def ends(hand: ByHand) -> dict[int, int]:
    """The offset that each partition of the log will give next."""
    return {number: (await clients.ends(hand.reader, BASE.inputs, number))[1] for number in range(PARTITIONS)}


@asynccontextmanager
async def running(tracker: Tracker) -> AsyncIterator[Tracker]:
    """The tracker while the block runs."""
    tracker.start()
    try:
        yield tracker
    finally:
        tracker.end(signal.SIGKILL)


async def owns_all(tracker: Tracker) -> bool:
    """Whether it says that all partitions are open."""
    try:
        shown = await asyncio.to_thread(tracker.metrics)
    except httpx.TransportError:  # it is on its way
        return False
    return shown.get(("clearance_partitions", ("running",))) == PARTITIONS
