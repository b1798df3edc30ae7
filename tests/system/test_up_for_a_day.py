"""A day of `make run`, an hour in little more than a minute: each process is killed every hour, the memory of all stays
bounded, and in the end the answers are those of the fold."""

import asyncio
import json
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.helpers.partition_logs import TABLES

from clearance.settings.clock import monotonic
from clearance.store.connect import open_store
from clearance.store.schema import declarations
from clearance.testing.oracle import Truth, fold

from .followed import Followed
from .running import folded, until
from .test_up import MINUTE, Up, children_of, running

PROCESSES = ("tracker", "projector", "simulate", "api")
HOURS, HOUR_SECONDS = 24, 75.0
GROWTH = 1.3
"""How much more memory a process may hold in the last quarter of the day than in the second."""
MOST_MB = 700
"""What the broker and its keeper may hold at any time [MiB]: 5 MiB of each partition, and the last of each key."""


@pytest.mark.soak
def test_it_runs_for_a_day_of_deaths(tmp_path: Path) -> None:
    memory: list[dict[str, int]] = []
    with running(tmp_path, "--seed", "7") as up:
        bootstrap = until(lambda: broker_of(up), "all processes are started", MINUTE)
        followed = Followed(bootstrap)
        until(up.listed, "the first declarations are listed", MINUTE)
        for _ in range(HOURS):
            begun = monotonic()
            for place, name in enumerate(PROCESSES):
                until(after(begun + HOUR_SECONDS * place / len(PROCESSES)), "its time comes", HOUR_SECONDS)
                victim = until(lambda name=name: pid_of(up, name), f"{name} runs", MINUTE)  # type: ignore[misc]
                os.kill(victim, signal.SIGKILL)
                until(lambda name=name, victim=victim: pid_of(up, name) not in (0, victim), f"{name} is back")  # type: ignore[misc]
            until(after(begun + HOUR_SECONDS), "the hour is over", HOUR_SECONDS)
            memory.append({name: megabytes(pid_of(up, name)) for name in PROCESSES} | {"up": megabytes(up.process.pid)})
            (tmp_path / "memory.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in memory))
        truth = at_rest(up, bootstrap, followed)
        store = setting(pid_of(up, "api"), "CLEARANCE_DATABASE_URL")
        assert stored(store) == {state.id: (state.src, state.seq) for state in truth.states.values()}
        said = up.end()
    assert said.count("was killed by SIGKILL; it was started again") == HOURS * len(PROCESSES)
    assert not re.search(r"ended with code", said), said[-2000:]
    bounded(memory)


def after(moment: float) -> Callable[[], bool]:
    return lambda: monotonic() >= moment


def pid_of(up: Up, name: str) -> int:
    """The process of `clearance NAME`; 0 while there is none."""
    return next((pid for pid in children_of(up.process.pid) if name in words(pid)), 0)


def words(pid: int) -> list[str]:
    file = Path(f"/proc/{pid}/cmdline")
    return file.read_text().split("\0") if file.exists() else []


def setting(pid: int, name: str) -> str:
    """What a process was told."""
    told = dict(one.partition("=")[::2] for one in Path(f"/proc/{pid}/environ").read_text().split("\0"))
    return told.get(name, "")


def broker_of(up: Up) -> str:
    pid = pid_of(up, "api")
    return setting(pid, "CLEARANCE_KAFKA_BOOTSTRAP_SERVERS") if pid else ""


def megabytes(pid: int) -> int:
    """What a process holds in memory [MiB]."""
    held = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(held[1]) // 1024 if held else 0


def at_rest(up: Up, bootstrap: str, followed: Followed) -> Truth:
    """What must be answered when nothing comes any more and everything is folded."""
    os.kill(pid_of(up, "simulate"), signal.SIGSTOP)
    until(lambda: asyncio.run(folded(bootstrap)), "the tracker has folded the whole log", every=1.0)
    until(after(monotonic() + 10), "followers and projector have read it")
    followed.stop()
    truth = fold(followed.log, TABLES)
    os.kill(pid_of(up, "simulate"), signal.SIGCONT)
    return truth


def stored(url: str) -> dict[str, tuple[int, int]]:
    engine = open_store(url)
    try:
        with engine.connect() as connection:
            rows = connection.execute(select(declarations.c.id, declarations.c.src, declarations.c.seq))
            return {name: (src, seq) for name, src, seq in rows}
    finally:
        engine.dispose()


def bounded(memory: list[dict[str, int]]) -> None:
    """Nothing grows on and on."""
    quarter = len(memory) // 4
    for name in PROCESSES:
        before = max(one[name] for one in memory[quarter : 2 * quarter])
        assert max(one[name] for one in memory[-quarter:]) <= GROWTH * before, (name, memory)
    assert max(one["up"] for one in memory) <= MOST_MB, memory
