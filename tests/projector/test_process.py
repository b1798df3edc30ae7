"""`clearance projector` as a process: what it says, and with which code it ends."""

import asyncio
import signal
import socket
import subprocess
import sys

import httpx
import pytest
from sqlalchemy import Engine
from tests.helpers.command import clearance
from tests.helpers.conditions import until
from tests.helpers.loopback import get
from tests.store.expected import expected, held
from tests.store.written import written

from clearance.devbroker.embedded import EmbeddedBroker
from clearance.devbroker.local import free_port
from clearance.projector import session

from .running import publish, stands_at


def end(process: subprocess.Popen[str], number: signal.Signals) -> tuple[int, str]:
    """The exit code and what was said after a signal."""
    process.send_signal(number)
    said, _ = process.communicate(timeout=60)
    return process.returncode, said


def start(url: str, bootstrap: str, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "clearance.cli", *words(url, bootstrap, *more)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # noqa: S603


def words(url: str, bootstrap: str, *more: str) -> list[str]:
    return ["projector", "--database-url", url, "--bootstrap", bootstrap, *more]


def projector(url: str, bootstrap: str, *more: str) -> tuple[int, str]:
    """The exit code and what was said where it ends by itself."""
    return clearance(*words(url, bootstrap, *more))


def test_it_survives_a_kill_and_ends_when_told(url: str, engine: Engine, embedded_broker: EmbeddedBroker) -> None:
    log, port = written(1), free_port()
    asyncio.run(publish(embedded_broker, log))
    killed = start(url, embedded_broker.bootstrap, "--metrics-port", str(port))
    asyncio.run(until(lambda: any(held(engine).values()), "something is applied"))
    assert end(killed, signal.SIGKILL)[0] == -signal.SIGKILL
    again = start(url, embedded_broker.bootstrap, "--metrics-port", str(port))
    asyncio.run(until(lambda: stands_at(engine, log.ends), "everything is applied"))
    asyncio.run(until(lambda: "clearance_declarations{" in metrics(port), "it shows what the store holds"))
    code, said = end(again, signal.SIGTERM)
    assert code == 0, said
    assert held(engine) == expected(log)


def metrics(port: int) -> str:
    try:
        return get(f"http://127.0.0.1:{port}/metrics").text
    except httpx.TransportError:
        return ""


def test_a_busy_port_is_one_line(url: str, embedded_broker: EmbeddedBroker) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = projector(url, embedded_broker.bootstrap, "--metrics-port", str(port))
    assert code == 2
    assert said.startswith(f"clearance: metrics cannot be shown on 127.0.0.1:{port}")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("sqlite:////no/such/folder/store.db", "unable to open database file"),
        ("postgresql://me:secret@127.0.0.1:1/db", "check that the server runs"),
        ("clearance.db", "CLEARANCE_DATABASE_URL is no URL"),
    ],
)
def test_a_store_that_cannot_be_had_is_one_line(bad: str, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEARANCE_START_WAIT_SECONDS", "0")
    code, said = projector(bad, "127.0.0.1:1")
    assert code == 2
    assert why in said
    assert "secret" not in said
    assert said.count("\n") == 1


def test_a_missing_broker_is_one_line(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEARANCE_START_WAIT_SECONDS", "0")
    code, said = projector(url, "127.0.0.1:1")
    assert code == 2
    assert said.startswith("clearance: no broker at 127.0.0.1:1")
    assert said.count("\n") == 1


def test_a_bug_ends_it_with_a_traceback(
    url: str, embedded_broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "decode", None)
    asyncio.run(publish(embedded_broker, written(1)))
    code, said = projector(url, embedded_broker.bootstrap, "--metrics-port", str(free_port()))
    assert code == 70
    assert "this is a bug" in said
    assert "Traceback" in said


def test_help_shows_examples() -> None:
    assert "clearance projector --bootstrap 127.0.0.1:9092" in clearance("projector", "--help")[1]
