"""What is done to the system that it must answer by a line with a remedy, and the remedy, as it was printed.

A fault a method, as in `faults`: it counts when the line has been said and what it tells to do has worked.
"""

import asyncio
import random
import re
import sqlite3
import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import closing
from typing import Any

from tests.tracker.by_hand import PARTITIONS, keys, receipt

from clearance.contracts import topics
from clearance.events.log.input_records import InputRecord
from clearance.kafka import clients
from clearance.kafka.admin import Admin
from clearance.kafka.names import BASE
from clearance.kafka.topics import ensure
from clearance.kafka.wire import outgoing_input

from .flags import POISON, How, Spot
from .processes import Process
from .system import SESSION_SECONDS, System
from .torn_segment import flip
from .waiting import settled, within

STRUCK_SECONDS, SAID_SECONDS, LOCKED_SECONDS = 20.0, 40.0, 20.0
ANSWERED_SECONDS = 0.3
"""For a fetch that the broker was holding to be answered, before what is not to be in it."""
AN_HOUR = 60
HUNG, AT_WORK, JOINED = "the event loop has not turned", "is at work on", "joined the group as"
LOCKED, MADE_ANEW = "database is locked", "was deleted and made again"
FOLDED_ANEW = (BASE.events, BASE.status, BASE.progress, *BASE.of_analysts)
"""What is deleted to fold the log anew, and its events (docs/running.md)."""


class Mischief:
    """`next_worker` tells whom it befalls; `refused` are the printed commands that did not work."""

    def __init__(self, system: System, order: random.Random, next_worker: Callable[[], Process]) -> None:
        self.system, self._random, self._next = system, order, next_worker
        self.refused: list[str] = []
        self.by_name: dict[str, Callable[[], Awaitable[bool]]] = {
            "hang": self.hang,
            "name": self.name,
            "clock": self.clock,
            "locked": self.locked,
            "poison": self.poison,
            "unreadable": self.unreadable,
            "anew": self.anew,
        }

    async def hang(self) -> bool:
        """A fold that does not come to an end: the process ends itself after a session."""
        worker = self._next()
        before = worker.said(HUNG)
        struck = worker.flags.get("struck")
        worker.flags.arm(Spot.STEP, How.HANGS)
        await within(STRUCK_SECONDS, lambda: worker.flags.get("struck") != struck)
        return await within(SESSION_SECONDS * 2, lambda: worker.said(HUNG) > before)

    async def name(self) -> bool:
        """Another tracker with the name of a worker: one of the two ends, and says why."""
        worker = self._next()
        twin = self.system.twins[worker.name]

        def told() -> int:
            return twin.said(AT_WORK) + twin.said(JOINED) + worker.said(JOINED)

        before = told()
        twin.start()
        twin.wanted = False  # whoever is refused is not started again
        happened = await within(SAID_SECONDS, lambda: told() > before)
        await twin.stop()
        return happened

    async def clock(self) -> bool:
        """The wall clock of a worker jumps an hour forward, and back."""
        worker = self._next()
        worker.flags.set("ahead", AN_HOUR)
        await asyncio.sleep(self._random.uniform(3.0, 6.0))
        folds = await worker.at("batches")
        worker.flags.set("ahead", 0)
        return folds

    async def locked(self) -> bool:
        """Somebody else holds the store, until the projector has complained of it."""
        projector = self.system.projector
        before = projector.said(LOCKED)
        store = sqlite3.connect(self.system.store_file, timeout=LOCKED_SECONDS, check_same_thread=False)
        with closing(store) as somebody:
            await asyncio.to_thread(somebody.execute, "BEGIN IMMEDIATE")
            complained = await within(LOCKED_SECONDS, lambda: projector.said(LOCKED) > before)
            somebody.rollback()
        return complained

    async def poison(self) -> bool:
        """An input that no fold takes parks its partition; both commands of the line are run."""
        number = clients.partition_of(POISON.encode(), PARTITIONS)
        before = len(self._parked(number))
        self._all("poison", 1)
        await self._append(number, receipt(POISON, "7"))
        parked = await within(SAID_SECONDS, lambda: len(self._parked(number)) > before, every=0.1)
        worked = parked and await self._as_printed(self._parked(number)[-1])
        self._all("poison", 0)
        return worked

    async def unreadable(self) -> bool:
        """A torn batch parks its partition; it is mended where it lies, and the last command of the line is run."""
        number = self._random.randrange(PARTITIONS)
        before = len(self._parked(number))
        offset = await self._tear(number)
        parked = await within(SAID_SECONDS, lambda: len(self._parked(number)) > before, every=0.1)
        self._flip(number, offset)
        return parked and await self._as_printed(self._parked(number)[-1], which=slice(-1, None))

    async def _tear(self, number: int) -> int:
        """Append a batch and tear it before anybody has read it: while the workers stand still, behind another one."""
        key, standing = keys(number, 100)[0], [one for one in self.system.trackers if one.stand_still()]
        try:
            await self._append(number, receipt(key, "7"))
            await asyncio.sleep(ANSWERED_SECONDS)
            offset = await self._append(number, receipt(key, "L", 1))
            self._flip(number, offset)
        finally:
            for one in standing:
                one.resume()
        return offset

    def _flip(self, number: int, offset: int) -> None:
        flip(self.system.kafka.folder, BASE.inputs, number, offset)

    async def anew(self) -> bool:
        """A topic is deleted and made again: all trackers end and say so, and the log is folded anew."""
        topic = self._random.choice((BASE.events, BASE.status))
        wanted = [one for one in self.system.trackers if one.wanted]
        before = {one.name: one.said(MADE_ANEW) for one in wanted}
        await self.make_again([topic])
        said = await within(
            SAID_SECONDS, lambda: all(one.said(MADE_ANEW) > before[one.name] for one in wanted), every=0.1
        )
        stopped = [*wanted, *self.system.analysts, self.system.projector]
        await asyncio.gather(*(one.stop() for one in stopped))
        await self.make_again(FOLDED_ANEW)
        for one in stopped:
            one.start()
        return said

    async def make_again(self, names: Iterable[str]) -> None:
        """Delete these topics and make them anew, while nobody reads them."""
        bootstrap, names = self.system.kafka.bootstrap, {*names}
        await asyncio.to_thread(Admin(bootstrap).delete, names)

        async def gone() -> bool:
            return not names & (await asyncio.to_thread(Admin(bootstrap).metadata)).topics.keys()

        await settled(SAID_SECONDS, gone)
        await asyncio.to_thread(ensure, bootstrap, topics(), replication_factor=1, create=True)

    def _all(self, flag: Any, to: int) -> None:
        for one in self.system.trackers:
            one.flags.set(flag, to)

    def _parked(self, number: int) -> list[dict[str, Any]]:
        """The lines that say so of this partition, in no order but that the last is the newest."""
        lines = (line for one in self.system.trackers for line in one.events("partition_parked"))
        return sorted((line for line in lines if line["partition"] == number), key=lambda line: str(line["timestamp"]))

    async def _append(self, number: int, record: InputRecord) -> int:
        async with clients.new_producer(self.system.kafka.bootstrap) as producer:
            [offset] = await clients.write(producer, BASE.inputs, number, [outgoing_input(record)])
        return offset

    async def _as_printed(self, line: dict[str, Any], which: slice = slice(None)) -> bool:
        """Run the commands of a remedy; whether they worked."""
        commands: Sequence[str] = re.findall("`clearance ([^`]+)`", line["remedy"])
        worked = [await self._run(command) for command in commands[which]]
        return bool(worked) and all(worked)

    async def _run(self, command: str) -> bool:
        sure = ["--yes"] if command.startswith("dlq add") else []
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "clearance.cli", *command.split(), *sure),
            "--bootstrap",
            self.system.kafka.bootstrap,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        if process.returncode:
            self.refused.append(f"`clearance {command}` ended with {process.returncode}: {said.decode()[-300:]}")
        return not process.returncode
