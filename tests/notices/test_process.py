"""`clearance notices` as a process: killed at any moment it tells each matter once, and a server that hangs holds up
nothing else."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tests.api.live import until
from tests.helpers.command import clearance
from tests.helpers.loopback import get
from tests.notices.told import Mailbox, MailServer, Robot, Telling

from clearance.devbroker.embedded import EmbeddedBroker
from clearance.devbroker.local import free_port
from clearance.notices import attempts, outbox
from clearance.settings.clock import utc_now

BOTH = pytest.mark.parametrize("store_url", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def words(
    store_url: str,
    embedded_broker: EmbeddedBroker,
    mail_server: MailServer,
    robot: Robot,
    monkeypatch: pytest.MonkeyPatch,
) -> list[str]:
    """What starts it."""
    for name, value in {
        "SMTP_SERVER": "127.0.0.1",
        "SMTP_PORT": str(mail_server.port),
        "SMTP_SECURITY": "none",
        "NOTICES_ROBOT_URL": robot.url,
        "NOTICES_METRICS_PORT": str(free_port()),
    }.items():
        monkeypatch.setenv(f"CLEARANCE_{name}", value)
    return ["notices", "--database-url", store_url, "--bootstrap", embedded_broker.bootstrap]


@contextmanager
def running(words: list[str], number: signal.Signals = signal.SIGKILL) -> Iterator[None]:
    """The process meanwhile; it ends by this signal."""
    command = [sys.executable, "-m", "clearance.cli", *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # noqa: S603
    try:
        yield
    finally:
        process.send_signal(number)
        said, _ = process.communicate(timeout=60)
    assert process.returncode == (-number if number == signal.SIGKILL else 0), said


def followed(telling: Telling, name: str = "desk") -> bool:
    return outbox.position(telling.access, name) is not None


@BOTH
def test_killed_it_goes_on_where_it_was(telling: Telling, words: list[str], mailbox: Mailbox) -> None:
    telling.add(looked=False)
    arrivals = [*telling.system.arrivals_of("held-then-released")]
    with running(words):
        until(lambda: followed(telling))
        telling.system.take(arrivals[:4])
        until(lambda: len(mailbox.letters) == 1)
    telling.system.take(arrivals[4:])
    with running(words, signal.SIGTERM):
        until(lambda: len(mailbox.letters) == 2)
    assert [one["Subject"].partition("]")[0] for one in mailbox.letters] == ["[high", "[closed"]
    assert len({one["Message-ID"] for one in mailbox.letters}) == 2


def test_killed_while_it_sends_it_does_not_send_again(telling: Telling, words: list[str], mailbox: Mailbox) -> None:
    telling.add(looked=False)
    mailbox.free = False
    with running(words):
        until(lambda: followed(telling))
        telling.system.play("inspection-escalates")
        until(lambda: mailbox.asked == 1)
    mailbox.free = True
    with running(words, signal.SIGTERM):
        telling.system.play("rejected-and-left")
        until(lambda: any("000005" in one["Subject"] for one in mailbox.letters))
    assert attempts.give_up_uncertain(telling.access, utc_now()) == ["desk"]
    [lost] = outbox.undelivered(telling.access)
    assert (lost.state, lost.matter.split()[0]) == ("uncertain", "A07")
    assert mailbox.asked == 2


def test_a_server_that_hangs_holds_up_its_own_recipients_only(
    telling: Telling, words: list[str], mailbox: Mailbox, robot: Robot
) -> None:
    telling.add("desk", looked=False)
    telling.add("group", looked=False, channel="feishu", address="0123456789abcdef", language="zh")
    mailbox.free = False
    with running(words):
        until(lambda: followed(telling) and followed(telling, "group"))
        telling.system.play("inspection-escalates")
        until(lambda: mailbox.asked == 1)
        telling.system.play("rejected-and-left")
        until(lambda: len(robot.asked) == 2)
        port = int(os.environ["CLEARANCE_NOTICES_METRICS_PORT"])
        shown = get(f"http://127.0.0.1:{port}/metrics").text
        for path in ("/healthz", "/readyz", "/freshz"):
            assert get(f"http://127.0.0.1:{port}{path}").text == "yes\n"
        mailbox.free = True
    assert 'clearance_notices_total{channel="feishu",outcome="sent"} 2.0' in shown
    assert "clearance_notices_waiting 1.0" in shown


def test_without_a_store_it_is_one_line(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEARANCE_START_WAIT_SECONDS", "0")
    code, text = clearance(*words)
    assert code == 2
    assert "`clearance projector` makes it" in text.splitlines()[-1]
