"""A log is moved to another cluster and to 24 partitions, beside live traffic and through kills: the fold agrees."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.rebuild.test_moving import MORE, NEW, NEW_ASIDE, folded, read, seal, sealed

from clearance.contracts import topics
from clearance.devbroker.local import LocalKafka
from clearance.kafka import clients
from clearance.kafka.admin import Admin
from clearance.kafka.names import BASE, EPOCHS
from clearance.kafka.wire import incoming_input
from clearance.rebuild.rehashing import origin_of

from .running import PARTITIONS, System, until
from .running import folded as all_is_folded

pytestmark = pytest.mark.soak
MOVE = """
import asyncio, sys
from datetime import timedelta
from tests.rebuild.test_moving import move
from clearance.kafka import clients
from clearance.rebuild import moving

moving.AT_WORK = timedelta(0)
moving.READ_RECORDS = 200
old, new = sys.argv[1:]

async def run():
    async with (
        clients.new_reader(old) as reader, clients.new_reader(new) as looking, clients.new_producer(new) as producer
    ):
        await move(reader, looking, producer)

asyncio.run(run())
"""


@pytest.mark.usefixtures("_kafka_can_run")
def test_nothing_is_told_otherwise_and_nothing_is_missing(tmp_path: Path) -> None:
    with LocalKafka(tmp_path / "old") as old, LocalKafka(tmp_path / "new") as new:
        cards = topics()
        wider = {NEW: cards[BASE.inputs], NEW_ASIDE: cards[BASE.set_aside]}
        made = [card.model_copy(update={"name": name, "partitions": MORE}) for name, card in wider.items()]
        Admin(new.bootstrap).create([cards[EPOCHS], *made], 1)
        system = System.on(old, tmp_path / "processes")

        def run(*words: str) -> "subprocess.Popen[bytes]":
            with (tmp_path / "log").open("ab") as log:
                return subprocess.Popen(  # noqa: S603 # our own
                    [sys.executable, *words], stdout=log, stderr=log, env=system.children.environment
                )

        def lying() -> int:
            return sum(Admin(new.bootstrap).ends((NEW, number) for number in range(MORE)).values())

        try:
            system.start_tracker()
            simulate = ("-m", "clearance.cli", "simulate")
            assert run(*simulate, "--seed", "41", "--rate", "0", "--count", "3000").wait(120) == 0
            live = run(*simulate, "--seed", "42", "--rate", "40")
            for more in (1, 900, 1200):
                wanted = lying() + more
                moving = run("-c", MOVE, old.bootstrap, new.bootstrap)
                until(lambda wanted=wanted: lying() >= wanted, f"{wanted} are copied", every=0.02)  # type: ignore[misc]
                moving.send_signal(signal.SIGKILL)
                assert moving.wait() == -signal.SIGKILL
            moving = run("-c", MOVE, old.bootstrap, new.bootstrap)
            live.terminate()
            live.wait(30)
            until(lambda: asyncio.run(all_is_folded(old.bootstrap)), "the old tracker has folded all", every=1.0)
        finally:
            system.children.stop()
        asyncio.run(_sealed(old.bootstrap))
        assert moving.wait(60) == 0, (tmp_path / "log").read_text()[-2000:]
        was, now = (
            asyncio.run(_read(*one)) for one in ((old.bootstrap, BASE.inputs, PARTITIONS), (new.bootstrap, NEW, MORE))
        )
    origins = [origin_of(record.headers) for records in now for record in records if record.key]
    assert len(origins) == len({*origins}) > 3000
    before = folded([[incoming_input(one) for one in records if not sealed(one)] for records in was])
    after = folded([[incoming_input(one) for one in records] for records in now])
    assert {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)} == set()
    assert len(before) > 300


async def _sealed(address: str) -> None:
    async with clients.new_producer(address) as producer:
        await seal(producer)


async def _read(address: str, topic: str, count: int) -> list[list[Any]]:
    async with clients.new_reader(address) as reader:
        return await read(reader, topic, count)
