"""The metrics of the projector: counted with every batch, or asked of the store now and then."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from clearance.kafka.names import Names
from clearance.metrics import Board, Labels
from clearance.projector.decoding import Decoded
from clearance.store.positions import Bounds, Place
from clearance.store.totals import Totals
from clearance.store.writes import Applied

RECORDS = "clearance_projector_records_total"


def count(board: Board, names: Names, decoded: Decoded, applied: Applied, seconds: float) -> None:
    """A batch was written."""
    for topic, records, news in (
        (names.events, decoded.events, applied.events),
        (names.status, decoded.states, applied.states),
        (names.progress, decoded.progress, applied.progress),
        (names.inputs, decoded.messages, applied.messages),
    ):
        if records:
            board.add(RECORDS, topic, "applied", by=news)
            board.add(RECORDS, topic, "skipped", by=len(records) - news)
    for record in decoded.unreadable:
        board.add(RECORDS, record.topic, "unreadable")
    board.observe("clearance_projector_batch_seconds", seconds=seconds)


def show(board: Board, totals: Totals, now: datetime) -> None:
    """What the store holds. A declaration without an office has the label `none`: UK declarations name none."""
    declarations: dict[Labels, float] = {
        (status, office or "none", "true" if is_open else "false"): number
        for (status, office, is_open), number in totals.declarations.items()
    }
    board.replace("clearance_declarations", declarations)
    wrong: dict[Labels, float] = dict(totals.anomalies.items())
    board.replace("clearance_anomalies_open", wrong)
    board.set("clearance_history_incomplete", to=totals.incomplete)
    if totals.folded_at is not None:
        board.set("clearance_projector_applied_age_seconds", to=(now - totals.folded_at).total_seconds())


def show_lag(board: Board, positions: Mapping[Place, int], bounds: Mapping[Place, Bounds]) -> None:
    """How many records of each topic the store is behind."""
    behind: Counter[str] = Counter()
    for (topic, partition), held in bounds.items():
        behind[topic] += max(0, held.end - positions[topic, partition])
    board.replace("clearance_projector_lag_records", {(topic,): number for topic, number in behind.items()})
