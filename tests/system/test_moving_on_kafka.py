"""The log is moved to 24 partitions, on its cluster and to another one, beside live traffic and through kills, by the
command: no answer is wrong, and none is missing."""

import asyncio
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.rebuild.moving_log import MORE, NEW, folded, read, without_seals

from clearance.devbroker.local import LocalKafka, free_port
from clearance.events.log.input_records import is_of_kind
from clearance.events.standing.view import view
from clearance.kafka import clients, epochs
from clearance.kafka.admin import Admin
from clearance.kafka.epochs import Current
from clearance.kafka.errors import BrokerError
from clearance.kafka.names import BASE
from clearance.kafka.progress_reading import progress_of
from clearance.kafka.wire import incoming_input
from clearance.rebuild.copying import is_copied
from clearance.rebuild.edge_letters import OF_THE_EDGE
from clearance.rebuild.rehashing import old_place_of
from clearance.settings.clock import monotonic
from clearance.settings.tables import default_tables
from clearance.testing.oracle import Findings, Truth, consult

from .running import PARTITIONS, System, until

pytestmark = pytest.mark.soak
HISTORY, RATE, LATER = 3000, 8, 200
CALM_SECONDS = 150.0
"""How long after its beginning the move is to be ended at the latest."""
CLI = ("-m", "clearance.cli")


@dataclass
class Move:
    """A system whose log is moved from `old` to `new`."""

    system: System
    folder: Path
    old: str
    new: str
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    was: list[list[Any]] = field(default_factory=list)
    now: list[list[Any]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)  # status by declaration, by the API
    begun: float = field(default_factory=monotonic)
    letters: int = 0  # dead letters of the edge, in the new log's topic
    links: list[str] = field(default_factory=list)  # their addresses
    truth: Truth | None = None
    found: Findings | None = None
    told: dict[str, tuple[int, str]] = field(default_factory=dict)
    cursors: tuple[int, int] = 0, 0
    refused: list[str] = field(default_factory=list)
    originals: list[int] = field(default_factory=list)  # how the API answers for the bytes of a message

    @property
    def store(self) -> str:
        return f"sqlite:///{self.folder / 'store.db'}"

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def start(self, name: str, *words: str, at: str = "") -> "subprocess.Popen[bytes]":
        environment = {**self.system.children.environment, "CLEARANCE_KAFKA_BOOTSTRAP_SERVERS": at or self.old}
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(  # noqa: S603 # our own
                [sys.executable, *CLI, *words], stdout=log, stderr=log, env=environment
            )
        return self.processes[name]

    def ask(self, *words: str) -> bool:
        done = subprocess.run(  # noqa: S603 # our own
            [sys.executable, *CLI, "move", *words],
            capture_output=True,
            text=True,
            check=False,
            timeout=150,
            env=self.system.children.environment,
        )
        self.told[words[0]] = done.returncode, done.stdout + done.stderr
        return done.returncode == 0

    def copy(self) -> "subprocess.Popen[bytes]":
        elsewhere = ["--to", self.new] if self.new != self.old else []
        return self.start("move", "move", "start", "--epoch", "1", "--partitions", str(MORE), *elsewhere)

    def run(self) -> None:
        """The whole story."""
        store = ("--database-url", self.store, "--metrics-port")
        simulate = ("simulate", "--metrics-port", str(free_port()), "--rate")
        assert self.start("history", *simulate, "0", "--seed", "41", "--count", str(HISTORY)).wait(120) == 0
        self.start("tracker", "tracker", "--metrics-port", str(free_port()))
        self.start("projector", "projector", *store, str(free_port()))
        port = self.system.ports["api-main"] = free_port()
        self.start("api", "api", "--database-url", self.store, "--port", str(port))
        live = self.start("live", *simulate, str(RATE), "--seed", "42")
        until(lambda: self.status("/readyz") == 200, "the API is ready")
        cursor = self.system.get("main", "/v1/changes?from=start&limit=5").raise_for_status().json()["cursor"]
        moving = self.copy()
        for nth, more in enumerate((1, 900), start=1):
            wanted = (self.lying() if nth > 1 else 0) + more
            until(lambda wanted=wanted: self.lying() >= wanted, f"{wanted} are copied", every=0.05)  # type: ignore[misc]
            moving.send_signal(signal.SIGKILL)
            moving.wait()
            moving = self.again(nth)
        self.start("tracker-1", "tracker", "--epoch", "1", "--metrics-port", str(free_port()), at=self.new)
        self.start("projector-1", "projector", "--epoch", "1", *store, str(free_port()), at=self.new)
        until(lambda: self.is_ready() or self.is_late(), "nothing is behind", 2 * CALM_SECONDS, every=1.0)
        forced = () if self.is_ready() else ("--force",)  # a busy machine is not fresh, and exact
        assert self.ask("finish", *forced, "--database-url", self.store), self.told["finish"]
        (self.folder / "finish.log").write_text(self.told["finish"][1])
        assert moving.wait(30) == 0, self.log("move")[-2000:]
        wanted = self.lying() + LATER
        until(lambda: self.lying() >= wanted, "traffic goes on in the new log")
        live.terminate()
        assert live.wait(60) == 0, self.log("live")[-2000:]
        until(lambda: asyncio.run(self._is_folded()), "the new tracker has folded all", every=1.0)
        self.was = without_seals(asyncio.run(read(self.old, BASE.inputs, PARTITIONS)))
        self.now = asyncio.run(read(self.new, NEW.inputs, MORE))
        letters = asyncio.run(read(self.new, NEW.dead_letters, MORE))
        self.letters = sum(OF_THE_EDGE in one.headers for some in letters for one in some)
        self.truth, self.found = asyncio.run(consult(self.new, default_tables(), NEW))
        until(self._tells_all, "the API answers all", every=1.0)
        self.originals = [self.status(path) for link in self.links[:20] for path in self.messages_of(link)]
        self.cursors = self.status(f"/v1/changes?cursor={cursor}"), self.status("/v1/changes?from=start&limit=5")

    def is_ready(self) -> bool:
        return self.ask("show", "--database-url", self.store)

    def is_late(self) -> bool:
        return monotonic() > self.begun + CALM_SECONDS

    def again(self, killed: int) -> "subprocess.Popen[bytes]":
        """The copying process once more; for ten seconds it is taken for a second one, and refused."""
        while True:
            moving = self.copy()
            until(
                lambda moving=moving: moving.poll() is not None or self.log("move").count("moving   ") > killed,  # type: ignore[misc]
                "it copies again, or is refused",
            )
            if moving.poll() is None:
                return moving
            assert moving.returncode == 2, self.log("move")[-2000:]
            self.refused.append(self.log("move").splitlines()[-1])

    def lying(self) -> int:
        """How many records lie in the new log; 0 while there is none."""
        try:
            return sum(Admin(self.new).ends((NEW.inputs, number) for number in range(MORE)).values())
        except BrokerError:
            return 0

    def status(self, path: str) -> int:
        try:
            return self.system.get("main", path).status_code
        except httpx.HTTPError:
            return 0

    def messages_of(self, link: str) -> list[str]:
        """The paths of the bytes of each message of a declaration."""
        path = f"{link}/messages"
        held = self.system.get("main", path).raise_for_status().json()["messages"]
        return [f"{path}/{one['message_id']}" for one in held]

    async def _is_folded(self) -> bool:
        async with clients.new_reader(self.new) as reader:
            for number in NEW.numbers:
                told = await progress_of(reader, NEW, number)
                _, end = await clients.ends(reader, NEW.inputs, number)
                if told is None or told.position != end - 1:
                    return False
        return True

    def _tells_all(self) -> bool:
        listed = self.system.every("main", "/v1/declarations?limit=500", "declarations")
        self.answers = {one["id"]: one["status"]["code"] for one in listed}
        self.links = [one["links"]["self"] for one in listed]
        return len(self.answers) == len(self.wanted())

    def wanted(self) -> dict[str, str]:
        """The status of each declaration, by the fold of the new log."""
        assert self.truth is not None
        tables = default_tables()
        states = ((name, one) for name, one in self.truth.states.items() if not one.merged_into)
        return {name: view(one.facts, tables, one.track).status for name, one in states}

    def end(self) -> None:
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


@pytest.fixture(scope="module", params=["the same cluster", "another cluster"])
def moved(
    request: pytest.FixtureRequest, _kafka_can_run: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Move]:
    folder = tmp_path_factory.mktemp("moved")
    with LocalKafka(folder / "old") as old, LocalKafka(folder / "new") as new:
        system = System.on(old, folder / "processes")
        system.children.environment["CLEARANCE_TRACKER_INSTANCE"] = ""
        to = new.bootstrap if request.param == "another cluster" else old.bootstrap
        one = Move(system, folder, old.bootstrap, to)
        try:
            one.run()
            yield one
        finally:
            one.end()


def test_whatever_was_taken_is_in_the_new_log_once(moved: Move) -> None:
    origins = [old_place_of(record.headers) for records in moved.now for record in records if record.key]
    copied = [origin for origin in origins if origin]
    assert len(copied) == len({*copied})
    taken = {
        (number, one.offset)
        for number, records in enumerate(moved.was)
        for one in records
        if one.key and is_copied(one)
    }
    assert {*copied} == taken
    assert len(taken) > HISTORY
    later = [one for one in written_later(moved) if is_stated(one)]
    assert later, "nothing came behind the move"
    sent = sum(is_stated(one) for records in moved.was for one in records) + len(later) + moved.letters
    [live] = re.findall(r"sent +messages=(\d+)", moved.log("live"))
    assert sent == HISTORY + int(live)


def test_no_answer_is_wrong_and_none_is_missing(moved: Move) -> None:
    assert moved.answers == moved.wanted()
    assert len(moved.answers) > 300
    assert moved.found is not None
    assert moved.found.exact, (moved.found.lost[:5], moved.found.wrong[:5], moved.found.unasked[:5])


def test_it_is_as_if_the_log_had_never_been_moved(moved: Move) -> None:
    unmoved = [[incoming_input(one) for one in records] for records in moved.was]
    for record in written_later(moved):
        if record.key and is_copied(record):
            unmoved[clients.partition_of(record.key, PARTITIONS)].append(incoming_input(record))
    before, after = folded(unmoved), folded([[incoming_input(one) for one in records] for records in moved.now])
    assert {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)} == set()


def test_everybody_is_told_where_the_log_lies_and_a_cursor_of_before_is_refused(moved: Move) -> None:
    address = moved.new if moved.new != moved.old else ""
    assert asyncio.run(epochs.ask(moved.old)) == Current(1, None, NEW.base, address)
    assert moved.cursors == (410, 200)


def test_the_bytes_of_every_message_are_found_in_the_new_log(moved: Move) -> None:
    assert len(moved.originals) > 20
    assert {*moved.originals} == {200}


def test_the_command_tells_how_long_nothing_was_taken(moved: Move) -> None:
    assert "nothing was taken for" in moved.told["finish"][1]
    assert all("by another process" in line for line in moved.refused)


def is_stated(record: Any) -> bool:
    """Whether it is what somebody sent: an arrival is at least one of these, or a dead letter."""
    return is_of_kind("message", record.headers) or is_of_kind("command", record.headers)


def written_later(moved: Move) -> list[Any]:
    """What came into the new log itself."""
    return [one for records in moved.now for one in records if not old_place_of(one.headers)]
