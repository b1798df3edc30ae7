"""Dear questions run behind everything else of the process."""

import asyncio
import os
import sys
import threading

import pytest

from clearance.api.app import new_board
from clearance.api.bulkheads import Bulkheads, Kind
from clearance.settings import load
from clearance.settings.priority import NICE, NICEST


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux orders threads by themselves")
@pytest.mark.parametrize(("kind", "steps"), [("dear", NICE), ("list", 0), ("cheap", 0)])
def test_only_dear_questions_give_way(kind: Kind, steps: int) -> None:
    def niceness(_: object) -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    bulkheads = Bulkheads(load(), new_board())
    assert asyncio.run(bulkheads.of[kind].ask(niceness)) == min(niceness(None) + steps, NICEST)
