"""A backup made beside live traffic, restored on another machine while it is killed: it is what the log says."""

import asyncio
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import select

from clearance.backup.manifest import Manifest, read_manifest
from clearance.devbroker.local import LocalKafka
from clearance.kafka.names import BASE
from clearance.settings.tables import default_tables
from clearance.store import schema
from clearance.store.connect import open_store
from clearance.testing.oracle import Findings, Truth, consult, digest_of

from .running import System, until

pytestmark = pytest.mark.soak
KILLED_AT = (0, 1, 8, 15)
"""By how many writes a restore gets further before it is killed, one after the other."""
KILLED = """
import os, signal, sys
from clearance.cli.main import main
from clearance.kafka import clients

left, write = iter(range(int(sys.argv.pop(1)))), clients.write

async def torn(producer, topic, partition, records):
    if next(left, None) is None:
        await clients.hand_over(producer, topic, partition, records)
        os.kill(os.getpid(), signal.SIGKILL)
    return await write(producer, topic, partition, records)

clients.write = torn
main()
"""
HISTORY, RATE = 2000, 60


@dataclass
class Return:
    """Two machines: what the oracle says of each, by the name of the backup that the second one got."""

    folder: Path
    truths: dict[str, Truth] = field(default_factory=dict)
    found: dict[str, Findings] = field(default_factory=dict)
    manifests: dict[str, Manifest] = field(default_factory=dict)
    stores: dict[str, str] = field(default_factory=dict)

    def clearance(self, system: System, *words: str) -> "subprocess.Popen[bytes]":
        return self.run(system, "-m", "clearance.cli", *words)

    def run(self, system: System, *words: str) -> "subprocess.Popen[bytes]":
        with (self.folder / "commands.log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603 # our own
                [sys.executable, *words], stdout=log, stderr=log, env=system.children.environment
            )

    def said(self) -> str:
        """The last words of the commands."""
        return (self.folder / "commands.log").read_text(encoding="utf-8")[-2000:]

    def simulated(self, system: System, *words: str) -> "subprocess.Popen[bytes]":
        return self.clearance(system, "simulate", *words)

    def original(self, system: System) -> None:
        """Traffic, a backup in its midst, and one at rest."""
        store = self.stores["original"] = f"sqlite:///{self.folder / 'original.db'}"
        system.start_tracker()
        system.start_reading("sqlite", store)
        assert self.simulated(system, "--seed", "31", "--rate", "0", "--count", str(HISTORY)).wait(120) == 0
        live = self.simulated(system, "--seed", "32", "--rate", str(RATE))
        until(lambda: system.metric("tracker", "clearance_inputs_total") > HISTORY / 2, "half is folded")
        assert self.back_up(system, "live", store) == 0, self.said()
        live.terminate()
        live.wait(30)
        system.rest("sqlite")
        assert self.back_up(system, "rest", store) == 0, self.said()
        self.truths["original"], self.found["original"] = asyncio.run(
            consult(system.kafka.bootstrap, default_tables(), whole=False)
        )

    def back_up(self, system: System, name: str, store: str) -> int:
        made = self.clearance(system, "backup", str(self.folder / name), "--with-log", "--database-url", store).wait(
            120
        )
        self.manifests[name] = read_manifest(self.folder / name)
        return made

    def come_back(self, name: str, system: System) -> None:
        """A restore that is killed again and again, each time a little later, and a system on what it has brought."""
        store = self.stores[name] = f"sqlite:///{self.folder / f'{name}.db'}"
        restore = ("restore", str(self.folder / name), "--database-url", store)
        for writes in KILLED_AT:
            killed = self.run(system, "-c", KILLED, str(writes), *restore).wait(120)
            assert killed == -signal.SIGKILL, self.said()
        assert self.clearance(system, *restore).wait(120) == 0, self.said()
        system.start_tracker()
        system.start_reading("sqlite", store)
        system.rest("sqlite")
        self.truths[name], self.found[name] = asyncio.run(
            consult(system.kafka.bootstrap, default_tables(), whole=False)
        )


@pytest.fixture(scope="module")
def both(_kafka_can_run: None, tmp_path_factory: pytest.TempPathFactory) -> Return:
    folder = tmp_path_factory.mktemp("return")
    one = Return(folder)
    with LocalKafka(folder / "original") as kafka:
        system = System.on(kafka, folder / "first")
        try:
            one.original(system)
        finally:
            system.children.stop()
    for name in ("rest", "live"):
        with LocalKafka(folder / name / "kafka") as kafka:
            system = System.on(kafka, folder / f"{name}-processes")
            try:
                one.come_back(name, system)
            finally:
                system.children.stop()
    return one


def test_what_came_back_at_rest_has_the_digest_of_the_original(both: Return) -> None:
    was, now = both.truths["original"], both.truths["rest"]
    assert both.found["original"].exact
    found = both.found["rest"]
    assert found.exact, (found.lost[:5], found.wrong[:5], found.unasked[:5])
    same = {name for name in was.events if name in now.events}
    assert len(same) == len(was.events)
    assert all(now.events[name] == was.events[name] for name in was.events)
    assert now.status.keys() == was.status.keys()


def test_what_came_back_from_the_midst_of_traffic_is_a_fold_of_its_log(both: Return) -> None:
    found = both.found["live"]
    assert found.exact, (found.lost[:5], found.wrong[:5], found.unasked[:5])
    inputs = [part for part in both.manifests["live"].parts if part.topic == BASE.inputs]
    assert found.inputs >= sum(part.records for part in inputs) > HISTORY


@pytest.mark.parametrize("name", ["rest", "live"])
def test_the_store_is_given_back_by_the_topics(both: Return, name: str) -> None:
    engine = open_store(both.stores[name])
    try:
        with engine.connect() as connection:
            states = connection.execute(select(schema.declarations.c.id, schema.declarations.c.record)).all()
            events = connection.execute(select(schema.events)).all()
            messages = connection.execute(select(schema.messages)).all()
    finally:
        engine.dispose()
    assert {one.id.encode(): digest_of(bytes(one.record)) for one in states} == both.truths[name].status
    told = {f"{one.declaration}/{one.epoch}/{one.seq}".encode(): digest_of(bytes(one.value)) for one in events}
    assert told == {name: value for name, (_, value) in both.truths[name].events.items()}
    assert messages
