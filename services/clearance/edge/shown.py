"""What a scrape is told of a process that appends: whether its broker answers, and when it last worked."""

from clearance.edge.append import Edge
from clearance.kafka.admin import Admin
from clearance.kafka.certificates import ends_of_certificates
from clearance.metrics import Board
from clearance.metrics.declared import EDGE, PROCESS
from clearance.metrics.question import Question
from clearance.metrics.serving import serve
from clearance.settings import Settings, needs_broker
from clearance.settings.clock import timestamp_of


def look_after(board: Board, bootstrap: str) -> None:
    """Ask for the broker at each scrape, from now on."""
    broker = Question(Admin(bootstrap).metadata)
    board.at_scrape("clearance_dependency_up", lambda: {("broker",): broker() is not None})
    board.at_scrape("clearance_certificate_ends_timestamp_seconds", ends_of_certificates)


def shown_board(settings: Settings) -> Board:
    """The metrics of an edge, on their port. Raises `InvalidSetting`."""
    board = Board((*PROCESS, *EDGE))
    look_after(board, needs_broker(settings))
    serve(board, settings.metrics_host, settings.ingest_metrics_port, "CLEARANCE_INGEST_METRICS_PORT")
    return board


def show(board: Board, edge: Edge) -> None:
    """When this edge last worked, and by how much our wall clock is ahead of the broker's."""

    board.at_scrape("clearance_last_success_timestamp_seconds", lambda: {(): timestamp_of(edge.worked_at)})
    board.at_scrape("clearance_clock_skew_seconds", lambda: {} if edge.skew is None else {(): edge.skew})
