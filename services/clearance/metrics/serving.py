"""A process shows its metrics on a port of its own."""

from prometheus_client import start_http_server
from prometheus_client.registry import REGISTRY

from clearance.metrics import Board
from clearance.settings import InvalidSetting


def serve(board: Board, host: str, port: int, setting: str) -> None:
    """Answer scrapes from a thread. Raises `InvalidSetting` if the port cannot be had; `setting` names it."""
    REGISTRY.register(board)
    try:
        start_http_server(port, host)
    except OSError as error:
        raise InvalidSetting(
            f"metrics cannot be shown on {host}:{port} ({error.strerror or error}): stop what listens there, or set "
            f"{setting} to another port"
        ) from error
