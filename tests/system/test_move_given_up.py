"""A move that is given up leaves everything as it was, on a real Kafka, by the command."""

import signal
from pathlib import Path

import pytest

from clearance.devbroker.local import LocalKafka
from clearance.kafka.admin import Admin

from .running import System, until
from .test_moving_on_kafka import Move

pytestmark = pytest.mark.soak


def test_nothing_is_left_of_it_and_another_may_begin(own_kafka: LocalKafka, tmp_path: Path) -> None:
    move = Move(System.on(own_kafka, tmp_path / "processes"), tmp_path, own_kafka.bootstrap, own_kafka.bootstrap)
    try:
        simulate = ("simulate", "--metrics-port", "0", "--rate", "0", "--seed", "41", "--count", "200")
        assert move.start("history", *simulate).wait(120) == 0
        copying = move.copy()
        until(lambda: move.lying() > 200, "it copies")
        assert not move.ask("abandon", "--yes")
        assert "it is at work" in move.told["abandon"][1]
        copying.send_signal(signal.SIGTERM)
        assert copying.wait(30) == 1
        assert move.ask("abandon", "--yes"), move.told["abandon"]
        assert not [name for name in Admin(own_kafka.bootstrap).metadata().topics if name.endswith(".e1")]
        assert not move.ask("show")
        assert "no move is under way: the base log is declaration-inputs" in move.told["show"][1]
        again = move.copy()
        until(lambda: move.lying() > 200, "it copies again")
        again.terminate()
        assert again.wait(30) == 1
    finally:
        move.end()
