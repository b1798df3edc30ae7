"""What the metrics say of the store, of lag and of age."""

from datetime import timedelta

import pytest
from tests.store.written import WALL

from clearance.kafka.names import BASE
from clearance.metrics import Board
from clearance.metrics.declared import PROJECTOR
from clearance.projector import gauges
from clearance.store.positions import Bounds
from clearance.store.totals import Totals

LATER = WALL + timedelta(seconds=90)


@pytest.fixture
def board() -> Board:
    return Board(PROJECTOR)


def test_a_status_that_nobody_has_any_more_is_gone(board: Board) -> None:
    gauges.show(board, Totals({("received", "2901", True): 3}, {("A01", "high"): 2}, 1, WALL), LATER)
    assert board.value("clearance_declarations", "received", "2901", "true") == 3
    assert board.value("clearance_history_incomplete") == 1
    assert board.value("clearance_projector_applied_age_seconds") == 90
    gauges.show(board, Totals({("released", "", False): 3}, {}, 0, WALL), LATER)
    [family] = [one for one in board.collect() if one.name == "clearance_declarations"]
    [sample] = family.samples
    assert (sample.labels, sample.value) == ({"status": "released", "office": "none", "open": "false"}, 3)


def test_lag_is_what_lies_behind_the_positions(board: Board) -> None:
    bounds = {(BASE.events, 0): Bounds(0, 10), (BASE.events, 1): Bounds(5, 9), (BASE.status, 0): Bounds(0, 4)}
    gauges.show_lag(board, {(BASE.events, 0): 7, (BASE.events, 1): 9, (BASE.status, 0): 4}, bounds)
    assert [board.value("clearance_projector_lag_records", topic) for topic in (BASE.events, BASE.status)] == [3, 0]
