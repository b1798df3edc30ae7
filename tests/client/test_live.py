"""The clients on real servers that break, are restarted, lag and move: the mirror is right, each change comes once."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from tests.api.client import Client as AppClient
from tests.api.live import until
from tests.api.system import System
from tests.client.conftest import Connect, app_of
from tests.client.flavours import Answering
from tests.client.servers import BreakingLine, LiveServer
from tests.helpers.arrivals import receipt
from tests.helpers.stores import made_store

from clearance.api.stores import Store
from clearance.client import Change, Retries, feed
from clearance.settings.clock import monotonic

STORIES = ("held-then-released", "tax-unpaid", "uk-import-in-37-minutes", "entry-number-first", "export-green")
NUMBER = "cn:unified:E20260004010000003"
PATIENT = Retries(attempts=200, first_seconds=0.01, longest_seconds=0.05)
README = Path(__file__).parents[2] / "README.md"
WITHIN_SECONDS = 30.0


@pytest.fixture(autouse=True)
def switch_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "SWITCH_SECONDS", 0.2)


@contextmanager
def meanwhile(work: Callable[[], object]) -> Iterator[None]:
    """In a thread; what it raises is raised."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 # it is raised below
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        thread.join()
    assert failed == []


class Mirror:
    """What a program makes of the feed; each numbered change may be told once of an epoch."""

    def __init__(self) -> None:
        self.statuses: dict[str, str] = {}
        self.told: list[tuple[int, str, int | None]] = []
        self.epochs = 0

    def take(self, change: Change) -> None:
        self.epochs += change.kind == "resynchronising"
        if change.kind in ("gone", "merged"):
            self.statuses.pop(change.declaration, None)
        elif change.state is not None:
            self.statuses[change.declaration] = change.state.status.code
        if change.seq is not None:
            self.told.append((self.epochs, change.declaration, change.seq))

    @property
    def changes(self) -> set[tuple[str, int | None]]:
        """Of whatever epoch."""
        return {(name, seq) for _, name, seq in self.told}

    def follow(self, changes: Iterator[Change], until: Callable[[], bool]) -> None:
        end = monotonic() + WITHIN_SECONDS
        while not until():
            assert monotonic() < end, "the feed does not come to the end"
            self.take(next(changes))


def statuses(system: System) -> dict[str, str]:
    """As lists show them."""
    rows = AppClient(app_of(system)).get("/v1/declarations?limit=500").json()["declarations"]
    return {row["id"]: row["status"]["code"] for row in rows}


class Ends(NamedTuple):
    """Once all stories are told: where declarations stand, and their last changes; `late`: of the two last stories."""

    statuses: dict[str, str]
    all: set[tuple[str, int]]
    late: set[tuple[str, int]]


@pytest.fixture
def ends(tmp_path: Path) -> Ends:
    store = made_store(f"sqlite:///{tmp_path / 'oracle.db'}")
    system = System(store).play(*STORIES[:3])
    known = {state.id for state in system.states()}
    states = [state for state in system.play(*STORIES[3:]).states() if not state.merged_into]
    told = statuses(system)
    store.dispose()
    return Ends(
        told,
        {(state.id, state.seq) for state in states},
        {(state.id, state.seq) for state in states if state.id not in known},
    )


@pytest.fixture
def servers(system: System) -> Iterator[list[LiveServer]]:
    """Three replicas on one store."""
    found = [LiveServer(app_of(system)) for _ in range(3)]
    yield found
    for server in found:
        server.stop()


@pytest.fixture
def in_turn(servers: list[LiveServer]) -> Iterator[Answering]:
    """A round robin before them."""
    turns, network = cycle(servers), httpx.Client(timeout=30)

    def answer(request: httpx.Request) -> httpx.Response:
        url = request.url.copy_with(scheme="http", host="127.0.0.1", port=next(turns).port)
        headers = {name: value for name, value in request.headers.items() if name not in ("host", "accept-encoding")}
        reply = network.request(request.method, url, headers={**headers, "Accept-Encoding": "identity"})
        return httpx.Response(reply.status_code, headers=reply.headers, content=reply.content)

    yield answer
    network.close()


def test_who_waits_is_told_at_once(connect: Connect, servers: list[LiveServer], system: System) -> None:
    system.play("held-then-released")
    client, begun = connect(servers[0].url), monotonic()
    changes = client.changes(wait_seconds=20)
    assert next(changes).kind == "seen"
    with meanwhile(lambda: system.play("tax-unpaid")):
        assert next(changes).kind == "changed"
    held = client.declaration(NUMBER)
    with meanwhile(lambda: system.take([receipt("R", seq="E20260004010000003")])):
        assert client.declaration(NUMBER, wait_seconds=20).etag != held.etag
    assert monotonic() - begun < 15
    changes.close()


def test_nothing_is_missed_over_broken_lines_restarts_and_a_crash(
    connect: Connect, system: System, tmp_path: Path, ends: Ends
) -> None:
    mirror, place, server = Mirror(), tmp_path / "place", LiveServer(app_of(system))
    line = BreakingLine(server.port, first_bytes=500, more_bytes=300)

    def live() -> None:
        for story in STORIES[:3]:
            system.play(story)
            server.stop()
            server.start(app_of(system))
        system.play(*STORIES[3:])

    with meanwhile(live):
        client = connect(f"http://127.0.0.1:{line.port}", retries=PATIENT)
        changes = client.changes(place, wait_seconds=1, limit=5)
        mirror.follow(changes, lambda: len(mirror.told) > 3)
        changes.close()
        mirror.told.pop()  # the last change was at hand, and comes again
        changes = client.changes(place, wait_seconds=1, limit=5)
        mirror.follow(changes, lambda: mirror.statuses == ends.statuses and ends.all <= mirror.changes)
        changes.close()
    assert len(mirror.told) == len({*mirror.told})
    assert (mirror.epochs, line.broken > 3) == (0, True)
    client.close()
    line.close()
    server.stop()


def test_three_replicas_in_turn_that_move_to_another_epoch_one_by_one(
    connect: Connect,
    servers: list[LiveServer],
    in_turn: Answering,
    system: System,
    tmp_path: Path,
    ends: Ends,
) -> None:
    mirror, store = Mirror(), made_store(f"sqlite:///{tmp_path / 'next.db'}")
    anew = System(store).play(*STORIES[:3])

    def live() -> None:
        system.play(*STORIES[:3])
        until(lambda: len(mirror.told) > 0)  # it has begun in the epoch before
        for server in servers:
            server.app.state.stores.current = Store(1, store)
            threading.Event().wait(0.05)
        anew.play(*STORIES[3:])

    client = connect(answering=in_turn, retries=PATIENT)
    changes = client.changes(wait_seconds=1, limit=5)
    with meanwhile(live):
        mirror.follow(changes, lambda: mirror.statuses == ends.statuses and ends.late <= mirror.changes)
    changes.close()
    assert mirror.epochs > 0
    assert len(mirror.told) == len({*mirror.told})
    store.dispose()


def test_no_replica_sells_an_older_state_as_newer(connect: Connect, in_turn: Answering, system: System) -> None:
    arrivals = [*system.arrivals_of("held-then-released")]
    system.take(arrivals[:1])
    client = connect(answering=in_turn, retries=PATIENT)
    versions = [version(client.declaration(NUMBER).etag)]
    with meanwhile(lambda: system.take(arrivals[1:])):
        end = monotonic() + WITHIN_SECONDS
        while versions[-1] < max(state.src for state in system.states() if state.id == NUMBER) or len(versions) < 30:
            versions.append(version(client.declaration(NUMBER).etag))
            assert monotonic() < end
    assert versions == sorted(versions)


def test_the_five_lines_of_the_readme_do_as_they_say(servers: list[LiveServer], system: System, tmp_path: Path) -> None:
    lines = (
        README.read_text(encoding="utf-8").partition("<!-- example: exporter -->\n```python\n")[2].partition("```")[0]
    )
    assert lines.count("\n") <= 5
    system.play("held-then-released")
    program = lines.replace("http://127.0.0.1:8000", servers[0].url)
    running = subprocess.Popen([sys.executable, "-u", "-c", program], cwd=tmp_path, stdout=subprocess.PIPE, text=True)  # noqa: S603
    assert running.stdout is not None
    assert running.stdout.readline() == f"seen {NUMBER} goods released\n"
    running.kill()
    running.communicate()
    assert (tmp_path / "declarations.place").exists()


def version(etag: str) -> int:
    """Its second part is the position of the last input."""
    return int(etag.split(".")[1])
