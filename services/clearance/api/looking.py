"""What a scrape is told of the broker and the database behind a process that answers from the store."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from clearance.access.expiry import first_ends
from clearance.access.gate import Gate
from clearance.api.clerk import Log
from clearance.api.stores import Stores
from clearance.archive.manifest import written_at
from clearance.kafka.admin import Admin
from clearance.kafka.certificates import ends_of_certificates
from clearance.metrics import Board, Labels
from clearance.metrics.question import Question
from clearance.settings.clock import utc_now
from clearance.store.reader import reading
from clearance.store.viewer import EVERYBODY


def look_after(board: Board, stores: Stores, bootstrap: str = "") -> None:
    """Ask at each scrape for the database, and for a broker if one is named. Such a process works as long as its store
    answers; without a broker the API takes no commands."""
    database = Question(lambda: _read(stores))
    asked: dict[str, Callable[[], object | None]] = {"database": database}
    if bootstrap:
        asked["broker"] = Question(Admin(bootstrap).metadata)
    succeeded: dict[Labels, float] = {}

    def dependencies() -> dict[Labels, float]:
        return {(name,): ask() is not None for name, ask in asked.items()}

    def last_success() -> dict[Labels, float]:
        if database() is not None:
            succeeded[()] = utc_now().timestamp()
        return succeeded

    board.at_scrape("clearance_dependency_up", dependencies)
    board.at_scrape("clearance_certificate_ends_timestamp_seconds", ends_of_certificates)
    board.at_scrape("clearance_last_success_timestamp_seconds", last_success)


def look_after_log(board: Board, log: Log) -> None:
    """Tell at each scrape how far the clocks are apart."""
    board.at_scrape("clearance_clock_skew_seconds", lambda: {} if log.skew is None else {(): log.skew})


def look_after_archive(board: Board, folder: str) -> None:
    """Tell at each scrape when the archive was written, if there is one."""
    if folder:
        told = Question(partial(written_at, Path(folder)))
        board.at_scrape("clearance_archive_written_timestamp_seconds", lambda: {(): told() or 0.0})


def look_after_gate(board: Board, gate: Gate) -> None:
    """Tell at each scrape whom the gate has refused, and how it is itself."""
    board.at_scrape("clearance_access_refused_total", lambda: {(reason,): n for reason, n in [*gate.refused.items()]})
    board.at_scrape("clearance_access_age_seconds", lambda: {(): gate.age()})
    board.at_scrape("clearance_keys_end_timestamp_seconds", lambda: _ends_of_keys(gate))
    board.at_scrape("clearance_audit_lost_total", lambda: {(): gate.audit.lost})


def _ends_of_keys(gate: Gate) -> dict[Labels, float]:
    ends = first_ends(gate.held.keys.values(), utc_now())
    return {(holder,): end.timestamp() for holder, end in ends.items()}


def _read(stores: Stores) -> int:
    with reading(stores.current.engine, EVERYBODY) as reader:
        return len(reader.progress())
