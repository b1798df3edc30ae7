"""`clearance api` as a process: it answers, writes to a real log, ends in order, says in one line what it lacks."""

import asyncio
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.api.system import PARTITIONS, System
from tests.helpers.command import clearance
from tests.helpers.loopback import get

from clearance.api import server
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.events.log.input_records import read_input
from clearance.events.log.inputs import Command
from clearance.kafka import clients
from clearance.kafka.epochs import Current
from clearance.kafka.names import BASE
from clearance.kafka.wire import incoming_input
from clearance.settings import load
from clearance.settings.tables import default_tables
from clearance.store import connect
from clearance.store.errors import StoreError

HELD = "cn:unified:E20260004010000003"
PATIENCE_SECONDS = 60


@contextmanager
def running(*flags: str) -> Iterator["subprocess.Popen[str]"]:
    """`clearance api`; killed at the end if it still runs."""
    arguments = [sys.executable, "-m", "clearance.cli", "api", *flags]
    process = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True)  # noqa: S603 # ourselves
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stderr:
            process.stderr.close()


def address(process: "subprocess.Popen[str]") -> str:
    """Where it listens, from its own line."""
    assert process.stderr is not None
    for line in process.stderr:
        if found := re.search(r"http://[\d.]+:\d+", line):
            return found[0]
    raise AssertionError("it ended without listening")


@pytest.fixture
def flags(system: System, embedded_broker: EmbeddedBroker) -> list[str]:
    system.play("held-then-released")
    store = f"sqlite:///{system.store.url.database}"
    return ["--bootstrap", embedded_broker.bootstrap, "--database-url", store, "--no-authentication", "--port", "0"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_answers_and_ends_in_order(flags: list[str], number: signal.Signals) -> None:
    with running(*flags) as process:
        url = address(process)
        assert get(f"{url}/v1/declarations/{HELD}").json()["status"]["code"] == "released"
        process.send_signal(number)
        assert process.wait(PATIENCE_SECONDS) == 0


def test_a_command_is_written_to_the_log(flags: list[str], embedded_broker: EmbeddedBroker) -> None:
    with running(*flags) as process:
        plan = f"{address(process)}/v1/declarations/{HELD}/transport-plan"
        key = {"Idempotency-Key": "plan-1"}
        answer = httpx.put(plan, json={"vessel": "EVER GIVEN"}, headers=key, timeout=PATIENCE_SECONDS)
    assert answer.status_code == 202
    [record] = asyncio.run(inputs(embedded_broker.bootstrap))
    assert record.partition == clients.partition_of(HELD.encode(), PARTITIONS)
    read = read_input(incoming_input(record), default_tables())
    assert isinstance(read, Command)
    assert (read.statement.command_id, read.statement.body) == ("plan-1", {"vessel": "EVER GIVEN"})


def test_a_broker_that_goes_away_is_said_so_and_answers_go_on(
    flags: list[str], embedded_broker: EmbeddedBroker
) -> None:
    with running(*flags) as process:
        url = address(process)
        embedded_broker.stop()
        answer = httpx.put(f"{url}/v1/declarations/{HELD}/transport-plan", json={}, timeout=PATIENCE_SECONDS)
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (503, "log-unreachable")
        assert get(f"{url}/v1/declarations/{HELD}").status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0


async def inputs(bootstrap: str) -> list[Any]:
    reader = clients.new_reader(bootstrap)
    await reader.start()
    try:
        found: list[Any] = []
        for partition in range(PARTITIONS):
            first, after = await clients.ends(reader, BASE.inputs, partition)
            async for records in clients.read_stretch(reader, BASE.inputs, partition, first, after):
                found += records
        return found
    finally:
        await reader.stop()


def test_what_it_lacks_is_said_in_one_line(flags: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEARANCE_START_WAIT_SECONDS", "0")
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        for lacking, told in (
            ((*flags[:5], "--port", str(port)), "CLEARANCE_API_PORT"),
            ((*flags[:2], "--database-url", "postgresql://nobody:secret@127.0.0.1:1/x"), "Connection refused"),
            ((*flags[:2], "--database-url", "mysql://x", "--no-authentication"), "CLEARANCE_DATABASE_URL"),
            (
                (*flags, "--host", "192.0.2.1"),
                "leave it on and issue keys (`clearance keys issue`), or listen on 127.0.0.1",
            ),
        ):
            code, text = clearance("api", *lacking)
            assert code == 2
            assert text.splitlines()[-1].startswith("clearance: ")
            assert told in text
            assert "Traceback" not in text
            assert "secret" not in text


def test_a_store_that_is_made_meanwhile_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(database_url=f"sqlite:///{tmp_path / 'store.db'}", start_wait_seconds=0)
    with pytest.raises(StoreError, match="clearance projector"):
        server.open_current(settings, Current(0), server.opener(settings))
    looks = iter([False, False, True])
    monkeypatch.setattr(connect, "is_made", lambda engine: next(looks))
    store = server.open_current(load(database_url=settings.database_url), Current(0), server.opener(settings))
    assert store.engine.url.database == str(tmp_path / "store.db")
