"""A new version folds all of history beside the running one, on a real Kafka; readers switch, and back, all at once."""

import asyncio
import csv
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.helpers.extent import some_or_all

from clearance.devbroker.local import LocalKafka, free_port
from clearance.edge.append import open_edge
from clearance.events.log.input_records import InputRecord, message_record
from clearance.events.tables.loading import TABLES, load_tables
from clearance.events.tables.tables import Tables
from clearance.kafka import clients
from clearance.kafka.epochs import Current, ask
from clearance.kafka.names import BASE, Names
from clearance.kafka.progress_reading import progress_of
from clearance.kafka.time_records import is_time
from clearance.kafka.wire import read_dead_letter, read_event
from clearance.rebuild.copying import is_copied, is_quiet, origin_of
from clearance.rebuild.readiness import not_copied, what_is_behind, what_is_stale
from clearance.settings.tables import authorities, default_tables
from clearance.store.connect import open_store
from clearance.testing.oracle import Findings, Truth, consult

from .running import PARTITIONS, START, System, until

ONE = Names.of(1)
UNREADABLE = "cn:unified:E20260999999999999"
RULE, SEVERITY = "A06", ("high", "critical")
"""A rule, and how severe it is by the tables of epoch 0 and of epoch 1."""
ALTERED = """
import sys
from pathlib import Path
import typer
from clearance.cli.tracker import tracker
from clearance.tracker import process
from clearance.edge.append import open_edge
from clearance.events.log.input_records import InputRecord, message_record
from clearance.events.tables.loading import load_tables
from clearance.settings.tables import authorities

tables = load_tables(authorities(), Path(sys.argv.pop(1)))
process.default_tables = lambda: tables
typer.run(tracker)
"""


def altered_tables(folder: Path) -> Tables:
    """The tables of the new version, made in the folder: whatever is wrong is critical."""
    if not folder.exists():
        shutil.copytree(TABLES, folder)
        with (folder / "durations.csv").open(encoding="utf-8", newline="") as file:
            rows = [*csv.DictReader(file)]
        with (folder / "durations.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows({**row, "severity": "critical"} for row in rows)
    return load_tables(authorities(), folder)


@dataclass
class Poller:
    """Asks for a list all the time. `seen` is the epoch of each answer, by the severity that its tables give the rule;
    `mixed` are the answers that are of more than one."""

    url: str
    seen: list[int] = field(default_factory=list)
    mixed: list[set[str]] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        with httpx.Client(base_url=self.url, timeout=30) as client:
            while not self.ended.wait(0.5):
                answer = client.get(f"/v1/anomalies?state=any&limit=200&rule={RULE}").raise_for_status()
                severities = {one["severity"]["code"] for one in answer.json()["anomalies"]}
                if len(severities) > 1:
                    self.mixed.append(severities)
                elif severities:
                    self.seen.append(SEVERITY.index(severities.pop()))


@dataclass
class Rebuild:
    """The system while an epoch is made beside another one."""

    system: System
    folder: Path
    history: int  # messages before the rebuild begins
    rate: int  # messages a second while it goes on
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    poller: Poller = field(default_factory=lambda: Poller(""))
    told: dict[str, tuple[int, str]] = field(default_factory=dict)  # exit code and output of commands
    current: dict[str, Current] = field(default_factory=dict)  # after each
    truths: dict[int, Truth] = field(default_factory=dict)
    found: dict[int, Findings] = field(default_factory=dict)

    @property
    def bootstrap(self) -> str:
        return self.system.kafka.bootstrap

    @property
    def store(self) -> str:
        return f"sqlite:///{self.folder / 'store.db'}"

    def start(self, name: str, *program: str) -> "subprocess.Popen[bytes]":
        """A process of ours that nobody starts again."""
        options = ["--metrics-port", str(free_port())] if "rebuild" not in program else []
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 # our own
                [sys.executable, *program, *options], stdout=log, stderr=log, env=self.system.children.environment
            )
        self.processes.append(process)
        return process

    def clearance(self, name: str, *words: str, store: bool = True) -> bool:
        """One command; whether it went well."""
        options = ["--database-url", self.store] if store else []
        done = subprocess.run(  # noqa: S603 # our own
            [sys.executable, "-m", "clearance.cli", *words, *options],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env=self.system.children.environment,
        )
        self.told[name] = done.returncode, done.stdout + done.stderr
        self.current[name] = asyncio.run(ask(self.bootstrap))
        return done.returncode == 0

    def end(self, process: "subprocess.Popen[bytes]", how: signal.Signals = signal.SIGTERM) -> None:
        process.send_signal(how)
        process.wait(30)
        self.processes.remove(process)

    def is_ready(self) -> bool:
        """Whether nothing would be told to be behind."""
        now, engine = datetime.now(UTC), open_store(self.store, 1)  # noqa: TID251 # a test may look at the clock
        try:
            return not asyncio.run(_behind(self.bootstrap, now)) and not [*what_is_stale(engine, PARTITIONS, now)]
        finally:
            engine.dispose()

    def run(self) -> None:
        """The whole story."""
        clearance = ("-m", "clearance.cli")
        history = self.start(
            "history", *clearance, "simulate", "--seed", "21", "--rate", "0", "--count", str(self.history)
        )
        altered_tables(self.folder / "tables")
        self.system.start_tracker()
        self.system.start_reading("sqlite", self.store)
        history.wait(60)
        self.processes.remove(history)
        asyncio.run(_write(self.bootstrap, message_record(UNREADABLE, b"<NOTHING_OF_OURS/>", received_at=START)))
        live = self.start("live", *clearance, "simulate", "--seed", "22", "--rate", str(self.rate))
        feeder = self.start("feeder", *clearance, "rebuild", "--epoch", "1")
        until(lambda: "caught up" in (self.folder / "feeder.log").read_text(), "history is copied")
        self.clearance("too early", "epoch", "switch", "1")
        self.end(feeder, signal.SIGKILL)
        self.start("feeder", *clearance, "rebuild", "--epoch", "1")
        self.start("tracker-1", "-c", ALTERED, str(self.folder / "tables"), "--epoch", "1")
        self.start("projector-1", *clearance, "projector", "--epoch", "1", "--database-url", self.store)
        until(lambda: self.system.get("sqlite", "/readyz").is_success, "the API is ready")
        self.poller.url = f"http://127.0.0.1:{self.system.ports['api-sqlite']}"
        polling = threading.Thread(target=self.poller.run)
        polling.start()
        until(self.is_ready, "epoch 1 has caught up", every=0.5)
        until(lambda: self.clearance("switch", "epoch", "switch", "1"), "it lets itself be switched to")
        until(lambda: self.poller.seen[-1:] == [1], "the API answers from epoch 1")
        self.end(live)
        until(lambda: asyncio.run(_at_rest(self.bootstrap)), "epoch 1 is at rest", every=0.5)
        self.system.rest("sqlite")
        self.clearance("retire", "epoch", "retire", "1", "--yes", store=False)
        self.clearance("back", "epoch", "back")
        until(lambda: self.poller.seen[-1:] == [0], "the API answers from epoch 0 again")
        self.poller.ended.set()
        polling.join()
        for names, tables in ((BASE, default_tables()), (ONE, altered_tables(self.folder / "tables"))):
            self.truths[names.epoch], self.found[names.epoch] = asyncio.run(consult(self.bootstrap, tables, names))


async def _write(bootstrap: str, record: InputRecord) -> None:
    async with open_edge(bootstrap) as edge:
        await edge.append(record)


async def _records(bootstrap: str, topic: str) -> list[list[Any]]:
    reader = clients.new_reader(bootstrap)
    await reader.start()
    try:
        return [
            [record async for records in clients.read_whole(reader, topic, number) for record in records]
            for number in range(PARTITIONS)
        ]
    finally:
        await reader.stop()


async def _behind(bootstrap: str, now: datetime) -> list[str]:
    reader = clients.new_reader(bootstrap)
    await reader.start()
    try:
        return await what_is_behind(reader, ONE, now)
    finally:
        await reader.stop()


async def _at_rest(bootstrap: str) -> bool:
    """Whether epoch 1 has all of the base log, and has folded it."""
    reader = clients.new_reader(bootstrap)
    await reader.start()
    try:
        for number in range(PARTITIONS):
            told = await progress_of(reader, ONE, number)
            _, end = await clients.ends(reader, ONE.inputs, number)
            if told is None or told.position != end - 1:
                return False
        late = datetime.max.replace(tzinfo=UTC)
        return not any([await not_copied(reader, ONE, number, late) for number in range(PARTITIONS)])
    finally:
        await reader.stop()


@pytest.fixture(scope="module", params=some_or_all((200, 8), (3000, 20)))
def rebuild(
    request: pytest.FixtureRequest, own_kafka_of_module: LocalKafka, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Rebuild]:
    folder = tmp_path_factory.mktemp("rebuild")
    one = Rebuild(System.on(own_kafka_of_module, folder), folder, *request.param)
    one.system.children.environment["CLEARANCE_TRACKER_INSTANCE"] = ""
    try:
        one.run()
        yield one
    finally:
        one.poller.ended.set()
        one.system.children.stop()
        for process in list(one.processes):
            one.end(process)


def test_no_answer_is_mixed_and_every_switch_is_seen_once(rebuild: Rebuild) -> None:
    assert rebuild.poller.mixed == []
    assert [epoch for epoch, _ in groupby(rebuild.poller.seen)] == [0, 1, 0]


def test_it_does_not_switch_before_the_epoch_has_caught_up(rebuild: Rebuild) -> None:
    code, text = rebuild.told["too early"]
    assert code == 1
    assert "clearance tracker --epoch 1" in text or "clearance rebuild --epoch 1" in text
    assert rebuild.current["too early"] == Current(0)


def test_one_command_switches_and_one_goes_back(rebuild: Rebuild) -> None:
    assert rebuild.current["switch"] == Current(1, 0)
    assert (rebuild.told["back"][0], rebuild.current["back"]) == (0, Current(0, 1))


def test_the_current_epoch_is_not_retired(rebuild: Rebuild) -> None:
    code, text = rebuild.told["retire"]
    assert code == 2
    assert "epoch 1 is answered from" in text


@pytest.mark.parametrize("epoch", [0, 1])
def test_every_topic_of_both_holds_what_follows_from_its_own_inputs(rebuild: Rebuild, epoch: int) -> None:
    found = rebuild.found[epoch]
    assert found.exact, (found.lost[:5], found.wrong[:5], found.unasked[:5])
    assert found.inputs > rebuild.history


def test_both_say_the_same_of_every_declaration_but_what_the_tables_changed(rebuild: Rebuild) -> None:
    old, new = (rebuild.truths[epoch].states for epoch in (0, 1))
    assert {*old} == {*new}
    assert {one.epoch for one in new.values()} == {1}
    assert [name for name in old if old[name].facts != new[name].facts or old[name].track != new[name].track] == []


def test_what_cannot_be_folded_is_a_dead_letter_of_each(rebuild: Rebuild) -> None:
    assert [found.dead for found in rebuild.found.values()] == [1, 1]
    letters = asyncio.run(_records(rebuild.bootstrap, ONE.dead_letters))
    assert [read_dead_letter(record.value).topic for some in letters for record in some] == [ONE.inputs]


def test_history_is_copied_once_in_its_order_and_follows_live(rebuild: Rebuild) -> None:
    base, fed = (asyncio.run(_records(rebuild.bootstrap, names.inputs)) for names in (BASE, ONE))
    for whole, records in zip(base, fed, strict=True):
        copied = [origin_of(record.headers) for record in records if origin_of(record.headers) is not None]
        assert copied == [record.offset for record in whole if is_copied(record)]


def test_nobody_is_notified_of_history_and_everybody_of_what_came_after(rebuild: Rebuild) -> None:
    fed = asyncio.run(_records(rebuild.bootstrap, ONE.inputs))
    quiet = {(number, record.offset) for number, some in enumerate(fed) for record in some if is_quiet(record.headers)}
    told = asyncio.run(_records(rebuild.bootstrap, ONE.events))
    events = [
        (number, read_event(record.value)) for number, some in enumerate(told) for record in some if not is_time(record)
    ]
    assert not any(one.notify for number, one in events if (number, one.src) in quiet)
    assert any(one.notify for number, one in events if (number, one.src) not in quiet)
    assert len(quiet) > rebuild.history * 0.9
