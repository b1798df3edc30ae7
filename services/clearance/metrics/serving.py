"""A process shows its metrics on a port of its own."""

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector, start_http_server

from clearance.metrics import Board
from clearance.settings import InvalidSetting


def registry_of(board: Board) -> CollectorRegistry:
    """The metrics of a board, and those of the process that it counts in; several boards may be in one process."""
    registry = CollectorRegistry()
    registry.register(board)
    for of_the_process in (ProcessCollector, PlatformCollector, GCCollector):
        of_the_process(registry=registry)
    return registry


def serve(board: Board, host: str, port: int, setting: str) -> None:
    """Answer scrapes from a thread. Raises `InvalidSetting` if the port cannot be had; `setting` names it."""
    try:
        start_http_server(port, host, registry_of(board))
    except OSError as error:
        raise InvalidSetting(
            f"metrics cannot be shown on {host}:{port} ({error.strerror or error}): stop what listens there, or set "
            f"{setting} to another port"
        ) from error
