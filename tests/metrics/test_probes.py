"""A process says on the port of its metrics whether it lives, can do its work, and does it."""

from collections.abc import Iterable
from typing import Any

import pytest
from tests.helpers.loopback import get

from clearance.devbroker.local import free_port
from clearance.metrics import Board
from clearance.metrics.declared import PROCESS
from clearance.metrics.probes import ALL_SAID, CURRENT_SECONDS, Probes, answering
from clearance.metrics.serving import serve
from clearance.settings.clock import utc_now

UP, WORKED = "clearance_dependency_up", "clearance_last_success_timestamp_seconds"


def metrics(environ: Any, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [])
    return [b"metrics"]


def asked(board: Board, path: str, probes: Probes = ALL_SAID) -> tuple[int, str]:
    """Status and body."""
    told: list[str] = []

    def start_response(status: str, *_: Any) -> Any:
        told.append(status)

    body = answering(metrics, board, probes)({"PATH_INFO": path}, start_response)
    return int(told[0][:3]), b"".join(body).decode().strip()


def working(seconds_ago: float = 0.0) -> Board:
    board = Board(PROCESS)
    board.set(UP, "broker", to=1)
    board.set(WORKED, to=utc_now().timestamp() - seconds_ago)
    return board


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/freshz"])
def test_one_that_works_says_yes(path: str) -> None:
    assert asked(working(), path) == (200, "yes")


def test_a_dependency_that_is_away_leaves_it_alive_and_not_ready() -> None:
    board = working()
    board.set(UP, "database", to=0)
    assert asked(board, "/readyz") == (503, "the database does not answer")
    assert [asked(board, path)[0] for path in ("/healthz", "/freshz")] == [200, 200]


def test_one_that_stands_still_is_ready_and_not_fresh() -> None:
    board = working(CURRENT_SECONDS + 10)
    assert asked(board, "/freshz") == (503, "it has not worked for 40 s")
    assert asked(board, "/readyz") == (200, "yes")


def test_one_that_has_not_begun_is_not_fresh() -> None:
    assert asked(Board(PROCESS), "/freshz") == (503, "it has not worked since its start")


def test_what_else_is_in_the_way_is_said() -> None:
    probes = Probes(lambda: "3 partitions are being read back", lambda: "parked")
    assert asked(working(), "/readyz", probes) == (503, "3 partitions are being read back")
    assert asked(working(), "/freshz", probes) == (503, "parked")


def test_every_other_address_shows_metrics() -> None:
    assert asked(working(), "/metrics") == (200, "metrics")


def test_they_are_served_beside_the_metrics() -> None:
    port = free_port()
    serve(working(), "127.0.0.1", port, "CLEARANCE_DEMO_PORT", Probes(lambda: "it is being read back"))
    assert get(f"http://127.0.0.1:{port}/readyz").text == "it is being read back\n"
    assert get(f"http://127.0.0.1:{port}/healthz").status_code == 200
    assert UP in get(f"http://127.0.0.1:{port}/metrics").text
