"""The processes of `clearance up`: started together, started again after a failure, ended together.

Each is a session of its own, so that Ctrl-C reaches this program only, which ends them in order; should this program be
killed, the kernel ends them (on Linux).
"""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from clearance.settings.clock import monotonic

STOP_SECONDS = 20.0
"""How long a process may take to end in order before it is killed."""
WRONG_USE = 2
"""Exit code of what cannot run as it was started. Behind a failure it may only mean that the broker is still away."""
TOO_OFTEN, WITHIN_SECONDS = 5, 60.0
"""Restarts of one process within so many seconds, or failures in a row in shorter lives, before all is given up."""
MOST_WORDS = 300
"""Characters of last words that are told."""
PR_SET_PDEATHSIG = 1


class ChildFailed(Exception):
    """A process cannot be kept running. The text says which, and its last words."""


@dataclass
class ChildProcess:
    """One process: what it is called, what it runs, where it writes, and whether all is given up if it cannot run."""

    name: str
    arguments: Sequence[str]
    log: Path
    needed: bool = True
    restarts: list[float] = field(default_factory=list)
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    failures: int = 0


class Ended(NamedTuple):
    """A process that has ended, why, and whether it was started again."""

    name: str
    why: str
    again: bool


def nothing() -> None:
    """What is done before a process is started again, usually."""


class ChildProcesses:
    """All of them. They are started in the given order and ended in the reverse."""

    def __init__(
        self, folder: Path, environment: Mapping[str, str], before_restart: Callable[[], None] = nothing
    ) -> None:
        self.folder, self.before_restart = folder, before_restart
        self.environment = {**os.environ, **environment}
        self.running: list[ChildProcess] = []

    def start(self, name: str, *arguments: str, needed: bool = True) -> None:
        """Start `clearance` with these arguments."""
        child = ChildProcess(name, arguments, self.folder / f"{name}.log", needed)
        self._run(child)
        self.running.append(child)

    def look_after(self) -> list[Ended]:
        """Start again what has ended by itself. Raises `ChildFailed` if what is needed cannot be kept running."""
        return [
            Ended(child.name, _why(child, code), self._restart(child, code))
            for child in self.running
            if child.process is not None and (code := child.process.poll()) is not None
        ]

    def stop(self) -> None:
        """End all, the last one first: what feeds the others stops before they do."""
        for child in reversed(self.running):
            if child.process is not None:
                _end(child.process)
        self.running.clear()

    def _restart(self, child: ChildProcess, code: int) -> bool:
        """Whether it runs again."""
        now = monotonic()
        before = [at for at in child.restarts if now - at < WITHIN_SECONDS]
        child.failures = child.failures + 1 if code > 0 and now - child.started < WITHIN_SECONDS else 0
        if (code == WRONG_USE and not before) or max(len(before), child.failures - 1) >= TOO_OFTEN:
            if child.needed:
                raise ChildFailed(f"{child.name} {_why(child, code)}")
            child.process = None
            return False
        child.restarts = [*before, now]
        self.before_restart()
        self._run(child)
        return True

    def _run(self, child: ChildProcess) -> None:
        command = (sys.executable, "-m", "clearance.cli", *child.arguments)
        child.started = monotonic()
        with child.log.open("ab") as log:
            child.process = subprocess.Popen(  # noqa: S603 # ourselves
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment,
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )


def last_words(log: Path) -> str:
    """The last line that a process wrote."""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"


def _why(child: ChildProcess, code: int) -> str:
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with code {code}: {last_words(child.log)[:MOST_WORDS]}"


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
