"""A process that stood still for most of its session writes nothing more."""

import asyncio

import pytest

from clearance.stages.pulse import PausedTooLong, Pulse


class Time:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_it_allows_writes_while_it_beats() -> None:
    time = Time()
    pulse = Pulse(10.0, time)
    for _ in range(100):
        time.now += 5.0
        pulse.check()
        pulse.beat()


def test_it_refuses_a_write_after_a_pause() -> None:
    time = Time()
    pulse = Pulse(10.0, time)
    time.now += 7.1
    with pytest.raises(PausedTooLong, match=r"stood still for 7\.1 s, 7\.0 s are allowed: .*starting again is safe"):
        pulse.check()


def test_a_late_beat_does_not_make_it_good_again() -> None:
    """Between the pause and the next write the loop beats; the partitions may be another's all the same."""
    time = Time()
    pulse = Pulse(10.0, time)
    time.now += 60
    with pytest.raises(PausedTooLong):
        pulse.beat()
    with pytest.raises(PausedTooLong):
        pulse.check()


def test_it_beats_often_enough_by_itself() -> None:
    pulse = Pulse(1.0)

    async def run() -> None:
        beating = asyncio.create_task(pulse.run())
        last, beats = pulse._last, 0
        async with asyncio.timeout(5):
            while beats < 5:
                await asyncio.sleep(0.01)
                pulse.check()
                beats += pulse._last != last
                last = pulse._last
        beating.cancel()

    asyncio.run(run())


def test_a_loop_that_was_held_up_ends_the_beating() -> None:
    time = Time()
    pulse = Pulse(0.02, time)

    async def run() -> None:
        beating = asyncio.create_task(pulse.run())
        await asyncio.sleep(0)
        time.now += 60
        await asyncio.wait_for(beating, 5)

    with pytest.raises(PausedTooLong):
        asyncio.run(run())
