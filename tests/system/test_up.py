"""`clearance up` as a newcomer meets it: within a minute it shows the product at work, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.helpers.loopback import get

from clearance.devbroker.local import LocalKafka, free_port
from clearance.settings.clock import monotonic

from .running import until

MINUTE = 60.0
PORTS = ("API", "TRACKER_METRICS", "ANALYST_METRICS", "PROJECTOR_METRICS", "SIMULATOR_METRICS")
CHILDREN = len(PORTS)
UP = (sys.executable, "-m", "clearance.cli", "up")


class Up:
    """A running `clearance up` on ports of its own."""

    def __init__(self, process: "subprocess.Popen[str]", ports: dict[str, int]) -> None:
        self.process, self.ports, self.port = process, ports, ports["API"]

    def listed(self) -> list[dict[str, Any]]:
        """What `/v1/declarations` shows first; empty while nobody answers."""
        try:
            found = get(f"http://127.0.0.1:{self.port}/v1/declarations?limit=100", timeout=5).json()
        except httpx.HTTPError:
            return []
        declarations: list[dict[str, Any]] = found.get("declarations", [])
        return declarations

    def end(self) -> str:
        """Ctrl-C; what it said, when it has ended."""
        self.process.send_signal(signal.SIGINT)
        said, _ = self.process.communicate(timeout=MINUTE)
        return said


@contextmanager
def running(folder: Path, *options: str) -> Iterator[Up]:
    ports = {name: free_port() for name in PORTS}
    environment = {**os.environ, **{f"CLEARANCE_{name}_PORT": str(port) for name, port in ports.items()}}
    command = [*UP, *options]
    process = subprocess.Popen(  # noqa: S603 # ours
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        yield Up(process, ports)
    finally:
        process.kill()
        process.communicate()


def children_of(pid: int) -> list[int]:
    """Processes that this one started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def shows_the_product(up: Up) -> None:
    """Three formats or authorities, five statuses, and a change between two looks, all within a minute."""
    begun = monotonic()

    def varied() -> bool:
        listed = up.listed()
        return (
            len({one["status"]["code"] for one in listed}) >= 5
            and len({one["authority"]["code"] for one in listed}) >= 2
        )

    until(varied, "five statuses of two authorities are listed", MINUTE)
    before = up.listed()
    until(lambda: up.listed() != before, "a declaration changes between two looks", MINUTE)
    assert monotonic() - begun < MINUTE


@dataclass
class Story:
    """One run, from its start to Ctrl-C."""

    code: int
    said: str
    children: set[int]  # that it had at its beginning and at its end
    second: "subprocess.CompletedProcess[str]"  # one that was started meanwhile, for the same port


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """It shows the product, a second one finds its port busy, a child is killed, and it shows the product again."""
    folder = tmp_path_factory.mktemp("up")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLEARANCE_KAFKA_SECURITY_PROTOCOL", "SSL")  # of another broker: the embedded one has no TLS
        with running(folder, "--seed", "7") as up:
            shows_the_product(up)
            children = children_of(up.process.pid)
            assert len(children) == CHILDREN
            environment = {**os.environ, "CLEARANCE_API_PORT": str(up.port)}
            second = subprocess.run(UP, cwd=folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
            after = starts_again(up, sorted(children)[1])
            said = up.end()
    return Story(up.process.returncode, said, {*children, *after}, second)


def starts_again(up: Up, victim: int) -> list[int]:
    """Kill a child; all of them, when declarations change again."""
    os.kill(victim, signal.SIGKILL)
    until(lambda: victim not in (now := children_of(up.process.pid)) and len(now) == CHILDREN, "a new one")
    before = up.listed()
    until(lambda: up.listed() != before, "declarations change again", MINUTE)
    return children_of(up.process.pid)


def test_it_shows_the_product_within_a_minute_and_leaves_nothing(story: Story) -> None:
    assert story.code == 0
    assert "in memory only" in story.said
    assert "authentication is off" in story.said
    assert not [pid for pid in story.children if alive(pid)]


def test_it_starts_again_what_was_killed(story: Story) -> None:
    assert "was killed by SIGKILL; it was started again" in " ".join(story.said.split())


def test_a_busy_port_is_one_line_with_the_remedy(story: Story) -> None:
    assert story.second.returncode == 2
    [line] = story.second.stderr.splitlines()
    assert "CLEARANCE_API_PORT" in line


def test_killed_itself_it_leaves_nothing(tmp_path: Path) -> None:
    with running(tmp_path) as up:
        until(lambda: len(children_of(up.process.pid)) == CHILDREN, "all processes are started")
        started = children_of(up.process.pid)
        up.process.kill()
        up.process.wait()
        until(lambda: not [pid for pid in started if alive(pid)], "no process is left")


@pytest.mark.soak
def test_it_runs_on_a_real_broker_twice(own_kafka_of_module: LocalKafka, tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'store.db'}"
    for _ in ("first", "second"):
        with running(tmp_path, "--bootstrap", own_kafka_of_module.bootstrap, "--database-url", store) as up:
            shows_the_product(up)
            up.end()
        assert up.process.returncode == 0


def test_a_missing_broker_is_one_line_with_the_remedy(tmp_path: Path) -> None:
    with running(tmp_path, "--bootstrap", "127.0.0.1:1") as up:
        said, _ = up.process.communicate(timeout=MINUTE)
    assert up.process.returncode == 2
    [line] = said.splitlines()
    assert "make kafka" in line
