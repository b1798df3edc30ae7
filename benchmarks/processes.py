"""Processes of ours for benchmarks: started, asked by their metrics, measured, ended by their own handle."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from clearance.devbroker.local import free_port
from clearance.settings.clock import monotonic

START_SECONDS, END_SECONDS = 60.0, 60.0
MIB = 1024 * 1024


@dataclass(frozen=True)
class Running:
    """A process that shows metrics; what it says is in `log`, a line of JSON each."""

    process: "subprocess.Popen[bytes]"
    port: int
    log: Path

    def must_live(self) -> None:
        """Raises `SystemExit` with its last words if it has ended."""
        if self.process.poll() is not None:
            raise SystemExit(f"a process ended by itself: {self._last_words}")

    @property
    def _last_words(self) -> str:
        return self.log.read_text(encoding="utf-8")[-2000:]

    def metric(self, start: str) -> float:
        """The sum of the series that begin so; 0 while it does not answer. Raises `SystemExit` if it has ended."""
        self.must_live()
        try:
            text = httpx.get(f"http://127.0.0.1:{self.port}/metrics", timeout=10).text
        except httpx.HTTPError:
            return 0
        return sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(start))

    async def until_it_owns(self, partitions: int, seconds: float = START_SECONDS) -> None:
        """Wait until a tracker has restored so many partitions. Raises `SystemExit`."""
        end = monotonic() + seconds
        while await asyncio.to_thread(self.metric, 'clearance_partitions{state="running"}') < partitions:
            if monotonic() > end:
                raise SystemExit(f"not all partitions are restored within {seconds:.0f} s: {self._last_words}")
            await asyncio.sleep(0.2)

    def resident_mib(self) -> float:
        return resident_mib(self.process.pid)


def resident_mib(pid: int) -> float:
    """Resident memory of a process, from Linux's /proc."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MIB


@contextmanager
def running(command: str, bootstrap: str, log: Path, *options: str, **settings: str) -> Iterator[Running]:
    """`clearance COMMAND` while the block runs."""
    port = free_port()
    program = [sys.executable, "-m", "clearance.cli", command, "--bootstrap", bootstrap, "--metrics-port", str(port)]
    environment = {**os.environ, "CLEARANCE_LOG_FORMAT": "json", **settings}
    with log.open("ab") as said:
        process = subprocess.Popen([*program, *options], env=environment, stdout=said, stderr=said)  # noqa: S603 # ours
    try:
        yield Running(process, port, log)
    finally:
        process.terminate()
        process.wait(END_SECONDS)
