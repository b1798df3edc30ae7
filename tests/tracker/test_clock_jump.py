"""The wall clock of a tracker jumps an hour forward and back: no flood of clocks, and progress goes on."""

import asyncio
from datetime import timedelta
from pathlib import Path

from clearance.devbroker.embedded import EmbeddedBroker
from clearance.events.log.progress import Progress, decode_progress
from clearance.kafka.names import BASE
from clearance.settings.clock import utc_now

from .by_hand import ByHand, by_hand, keys, receipt_at
from .running import Tracker, until

JUMPY = """
import sys
import typer
from datetime import timedelta
from pathlib import Path
from clearance.settings import clock

genuine, ahead = clock.utc_now, Path(sys.argv[1])
clock.utc_now = lambda: genuine() + timedelta(seconds=float(ahead.read_text()))
from clearance.cli.tracker import tracker

sys.argv[:2] = ["tracker"]
typer.run(tracker)
"""
"""The tracker, with a wall clock that is ahead of the broker's by what a file says [s]."""
PARTITION = 2
TICKS = 8


def test_a_wall_that_jumps_makes_no_flood_and_no_silence(embedded_broker: EmbeddedBroker, tmp_path: Path) -> None:
    ahead = tmp_path / "ahead"
    put(ahead, 0)
    tracker = Tracker(embedded_broker.bootstrap, tmp_path, program=(JUMPY, str(ahead)))
    tracker.start()

    async def run() -> None:
        [key] = keys(PARTITION, 11)
        async with by_hand(tracker.bootstrap) as hand:
            await hand.append(PARTITION, receipt_at(key, "7", utc_now() - timedelta(minutes=5)))
            await until(lambda: clocks(hand), "it passes time")
            before = await clocks(hand)
            put(ahead, 3600)
            await asyncio.sleep(TICKS / 2)
            assert await clocks(hand) <= before + 2, (
                "a deadline is overdue by this wall, and the fold ignores its clocks"
            )
            put(ahead, 0)
            await until(lambda: fresh(hand), "progress is told by the clock that is right again")

    try:
        asyncio.run(run())
    finally:
        tracker.end()


def put(ahead: Path, seconds: int) -> None:
    """At once: the tracker reads it all the time, and never finds it empty."""
    new = ahead.with_suffix(".new")
    new.write_text(str(seconds))
    new.replace(ahead)


async def clocks(hand: ByHand) -> int:
    return sum(("kind", b"clock") in one.headers for one in await hand.read(BASE.inputs, PARTITION))


async def fresh(hand: ByHand) -> bool:
    last: Progress = decode_progress((await hand.read(BASE.progress, PARTITION))[-1].value)
    return abs(utc_now() - last.wall_time) < timedelta(seconds=10)
