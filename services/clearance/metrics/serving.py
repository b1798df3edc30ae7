"""A process shows its metrics on a port of its own, and answers there whether it is ready and fresh."""

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    make_wsgi_app,
    start_http_server,
)

from clearance.metrics import Board
from clearance.metrics.probes import ALL_SAID, Probes, answering
from clearance.settings import InvalidSetting


def registry_of(board: Board) -> CollectorRegistry:
    """The metrics of a board, and those of the process that it counts in; several boards may be in one process."""
    registry = CollectorRegistry()
    registry.register(board)
    for of_the_process in (ProcessCollector, PlatformCollector, GCCollector):
        of_the_process(registry=registry)
    return registry


def serve(board: Board, host: str, port: int, setting: str, probes: Probes = ALL_SAID) -> None:
    """Answer scrapes and probes from threads. Raises `InvalidSetting` if the port cannot be had; `setting` names it."""
    registry = registry_of(board)
    try:
        server, _ = start_http_server(port, host, registry)
    except OSError as error:
        raise InvalidSetting(
            f"metrics cannot be shown on {host}:{port} ({error.strerror or error}): stop what listens there, or set "
            f"{setting} to another port"
        ) from error
    server.set_app(answering(make_wsgi_app(registry), board, probes))
