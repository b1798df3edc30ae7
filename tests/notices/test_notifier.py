"""The two loops of notices: a process in which one of them stands still does not pass for one that works."""

import asyncio
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from tests.chaos.waiting import within
from tests.notices.told import Telling

from clearance.access import recipients
from clearance.api.stores import Store, Stores
from clearance.events.anomalies.precision import Least
from clearance.notices.notifier import Notifier
from clearance.notices.sending import take
from clearance.notices.wording import Writer

LEAST = Least(0.0, 20)


def notifier_of(telling: Telling) -> Notifier:
    store = Store(0, telling.system.store)
    stores = Stores(store, lambda _: store.engine)
    day = timedelta(days=1)
    return Notifier(stores, telling.access, telling.sender, telling.board, kept=day, least=LEAST)


def test_what_was_lost_with_a_process_is_counted_so_that_somebody_looks(
    telling: Telling, monkeypatch: pytest.MonkeyPatch
) -> None:
    telling.add()
    telling.system.play("inspection-escalates")
    telling.collect()
    [one] = recipients.all_of(telling.access)
    assert take(telling.access, Writer(one, ""), telling.now), "and the process ends"
    later = telling.now + timedelta(minutes=3)
    monkeypatch.setattr("clearance.notices.notifier.utc_now", lambda: later)
    notifier_of(telling)._collect(None)
    assert telling.board.value("clearance_notices_total", "email", "uncertain") == 1


@pytest.mark.parametrize("loop", ["_collect", "_due"])
def test_a_loop_that_stands_still_is_the_one_that_is_told_of(
    telling: Telling, monkeypatch: pytest.MonkeyPatch, loop: str
) -> None:
    free, turns = Event(), list[str]()

    def counted(name: str) -> Any:
        def work(*_: object) -> list[Any]:
            turns.append(name)
            if name == loop:
                free.wait(60)
            return []

        return work

    for name in ("_collect", "_due"):
        monkeypatch.setattr(Notifier, name, counted(name))
    monkeypatch.setattr("clearance.notices.notifier.LOOK_SECONDS", 0.01)

    async def run() -> None:
        notifier, stop = notifier_of(telling), asyncio.Event()
        running = asyncio.create_task(notifier.run(stop))
        assert await within(20, lambda: turns.count("_due") + turns.count("_collect") > 3)
        assert notifier.last_success() == {}
        free.set()
        assert await within(20, lambda: notifier.last_success() != {})
        free.clear()
        others = len(turns)
        before = notifier.last_success()[()]
        assert await within(20, lambda: len(turns) > others + 4)
        assert notifier.last_success()[()] - before < 1.5
        free.set()
        stop.set()
        await running

    asyncio.run(run())
