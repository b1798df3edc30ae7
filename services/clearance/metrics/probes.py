"""Three questions to a process on the port of its metrics: does it live, can it do its work, is its work current?

The answer is 200, or 503 and a line that says what is in the way. The API has its own (`api/operations.py`).
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from clearance.metrics import Board
from clearance.settings.clock import utc_now

CURRENT_SECONDS = 30.0
"""Who has not worked for longer is not current; at work, each process works at least once a second."""


def nothing() -> str:
    """Nothing is in the way."""
    return ""


class Probes(NamedTuple):
    """What more is in the way than every process can say of itself; "" if nothing is."""

    ready: Callable[[], str] = nothing
    fresh: Callable[[], str] = nothing


ALL_SAID = Probes()


def answering(metrics: WSGIApplication, board: Board, probes: Probes) -> WSGIApplication:
    """The metrics, and the three questions beside them."""
    asked: dict[str, Callable[[], str]] = {
        "/healthz": nothing,
        "/readyz": lambda: _away(board) or probes.ready(),
        "/freshz": lambda: _old(board) or probes.fresh(),
    }

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if (ask := asked.get(environ["PATH_INFO"])) is None:
            return metrics(environ, start_response)
        reason = ask()
        headers = [("Content-Type", "text/plain; charset=utf-8")]
        start_response("503 Service Unavailable" if reason else "200 OK", headers)
        return [f"{reason or 'yes'}\n".encode()]

    return answer


def _away(board: Board) -> str:
    """A broker or a database that does not answer."""
    values = board.values("clearance_dependency_up")
    return ", ".join(f"the {name} does not answer" for (name,), up in sorted(values.items()) if not up)


def _old(board: Board) -> str:
    """For how long it has not worked, if that is too long."""
    worked = board.values("clearance_last_success_timestamp_seconds").get(())
    if worked is None:
        return "it has not worked since its start"
    seconds = utc_now().timestamp() - worked
    return f"it has not worked for {seconds:.0f} s" if seconds > CURRENT_SECONDS else ""
