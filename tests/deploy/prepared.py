"""What stands otherwise before some breakages are made: who watches finds nothing wrong with it."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import pytest
from tests.chaos.processes import Process
from tests.system.running import until

from clearance.devbroker.local import free_port

from .whole import Whole

DISK_MIB = 128
Preparation = Callable[[Whole], AbstractContextManager[None]]


@contextmanager
def projector_on_a_small_disk(whole: Whole) -> Iterator[None]:
    """It writes a store of its own, SQLite's, from the beginning of the log."""
    with small_disk(whole.disk):
        one = whole.process("small-projector", "projector", whole.ports["projector"], DATABASE_URL=whole.small_store)
        with in_place_of_the_projector(whole, one):
            yield


@contextmanager
def projector_that_waits(whole: Whole) -> Iterator[None]:
    """Another one, whom nobody watches, writes to the store."""
    other = whole.process("other-projector", "projector", free_port())
    usual = whole.processes["projector"]
    usual.end_at_once()
    other.start()
    until(lambda: other.events("projecting"), "the other one writes")
    usual.start()
    whole.processes["other"] = other
    try:
        yield
    finally:
        del whole.processes["other"]
        other.end_at_once()


@contextmanager
def in_place_of_the_projector(whole: Whole, other: Process) -> Iterator[None]:
    usual = whole.processes["projector"]
    usual.end_at_once()
    whole.processes["projector"] = other
    other.start()
    try:
        yield
    finally:
        other.end_at_once()
        whole.processes["projector"] = usual
        usual.start()


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A disk of its own at this folder; only root may make one."""
    folder.mkdir()
    made = _run("mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m,mode=0777", "none", str(folder))
    if made.returncode:
        pytest.skip(f"no small disk can be made: {made.stderr.decode().strip()}")
    try:
        yield
    finally:
        _run("umount", "--lazy", str(folder))


def _run(*words: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(words, check=False, capture_output=True)  # noqa: S603


PREPARED: dict[str, Preparation] = {
    "disk of the store nearly full": projector_on_a_small_disk,
    "a projector that nobody watches stands still": projector_that_waits,
}


def prepared(breakage: str, whole: Whole) -> AbstractContextManager[None]:
    """What the breakage needs."""
    return PREPARED[breakage](whole) if breakage in PREPARED else nullcontext()
