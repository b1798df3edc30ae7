"""The processes of the system under test: started, signalled, started again whenever they have ended.

A worker is killed while it stands still, so that what it was doing at that moment is known and not guessed.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .flags import Counted, Flags
from .waiting import within

ROOT = Path(__file__).parents[2]
AIM_SECONDS = 15.0
ENDS_WITHIN_SECONDS = 30.0
SAYS_WITHIN_SECONDS = 1.0
"""For one that does not end to say where it stands."""
MOST_WORDS = 160


@dataclass
class Process:
    """One process and its successors; `wanted` while it is to run. What it says is in `folder`."""

    name: str
    kind: str
    folder: Path
    settings: Mapping[str, str]
    sabotage: str = "none"
    wanted: bool = False
    ends: "Counter[str]" = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.log = self.folder / f"{self.name}.log"
        self.flags = Flags(self.folder / f"{self.name}.flags")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and from now on whenever it has ended."""
        self.wanted = True
        self.flags.begin()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 # our own program
                [sys.executable, "-m", "tests.chaos.wrapped", self.kind, str(self.flags.path), self.sabotage],
                cwd=ROOT,
                env={**os.environ, **self.settings},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # where Faust moves the cursor
                stderr=log,
            )

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def look_after(self) -> None:
        """Start it again if it has ended though it is wanted. Whatever ended it is counted in `ends`."""
        if self._process is None or self.runs:
            return
        code = self._process.returncode
        if code != -signal.SIGKILL:
            self.ends[f"{code} {self.last_words()}"] += 1
        self._process = None
        if self.wanted:
            self.start()

    def last_words(self) -> str:
        """What the last line of its log says, and why."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        said = lines[-1] if lines else "it said nothing"
        with suppress(ValueError, AttributeError):
            line = json.loads(said)
            said = f"{line.get('event')}: {line.get('reason', '')}"
        return said[:MOST_WORDS]

    async def ended(self) -> None:
        """Wait for the end of the process that runs now. Raises `TimeoutError`."""
        process = self._process
        if process is not None and not await within(ENDS_WITHIN_SECONDS, lambda: process.poll() is not None):
            raise TimeoutError(f"{self.name} does not end")

    async def at(self, counter: Counted, seconds: float = AIM_SECONDS) -> bool:
        """Wait until the counter is above 0; whether it was in time."""
        return await within(seconds, lambda: self.runs and self.flags.get(counter) > 0)

    def said(self, words: str) -> int:
        """How often its log has these words."""
        return self.log.read_text(encoding="utf-8", errors="replace").count(words) if self.log.exists() else 0

    def events(self, name: str) -> list[dict[str, Any]]:
        """The lines of its log that tell of this event."""
        found = []
        for line in self.log.read_text(encoding="utf-8", errors="replace").splitlines() if self.log.exists() else ():
            with suppress(ValueError):
                if (told := json.loads(line)).get("event") == name:
                    found.append(told)
        return found

    async def pause(self, *, aim: Counted) -> bool:
        """Stop it with this counter above 0, if that can be had in time; whether it was, exactly."""
        await within(AIM_SECONDS, lambda: self.runs and self.flags.get(aim) > 0 and self._caught(aim))
        return await within(ENDS_WITHIN_SECONDS, self.stand_still) and self.flags.get(aim) > 0

    def _caught(self, aim: Counted) -> bool:
        """Whether the counter is still above 0 when it has been stopped; else it goes on."""
        if caught := self.stand_still() and self.flags.get(aim) > 0:
            return caught
        self.resume()
        return False

    def stand_still(self) -> bool:
        """SIGSTOP, and wait until nothing of it runs any more; whether it is alive."""
        if not self.runs:
            return False
        os.kill(self.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        return self.runs

    def resume(self) -> None:
        self.send(signal.SIGCONT)

    def send(self, number: signal.Signals) -> None:
        if self.runs:
            os.kill(self.pid, number)

    async def kill(self) -> bool:
        """SIGKILL with a batch in flight, if that can be had in time; whether there was one."""
        in_flight = await self.pause(aim="batches")
        self.send(signal.SIGKILL)
        await self.ended()
        return in_flight

    async def end(self, how: signal.Signals) -> None:
        """End it by this signal, or, if it does not obey, as a supervisor would: by SIGKILL."""
        self.send(how)
        try:
            await self.ended()
        except TimeoutError:
            self.ends[f"- does not end after {how.name}: {self.last_words()}"] += 1
            self.send(signal.SIGQUIT)
            await asyncio.sleep(SAYS_WITHIN_SECONDS)
            self.send(signal.SIGKILL)
            await self.ended()

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it, for good."""
        self.wanted = False
        await self.end(how)
        self.look_after()

    def end_at_once(self) -> None:
        """SIGKILL, for good."""
        self.wanted = False
        if self._process is not None:
            self._process.kill()
            self._process.wait()
