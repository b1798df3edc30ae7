"""What cannot be read or folded parks its partition: the others go on, and the printed commands let it go on too."""

import asyncio
import re
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.cli_live.program import run
from tests.helpers.extent import a_few_of
from tests.helpers.partition_logs import TABLES
from tests.helpers.torn import Damage, put_torn, unknown_codec, wrong_crc

from clearance.contracts import topics
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.events.log.input_records import InputRecord
from clearance.kafka.names import BASE
from clearance.kafka.progress_reading import progress_of
from clearance.kafka.wire import outgoing_input
from clearance.testing.oracle import consult

from .by_hand import PARTITIONS, ByHand, by_hand, keys, receipt
from .running import POISONED, PROGRAM, Tracker, ends, exact, positions, until

PARTITION, OTHER = 4, 7
KEYS = keys(PARTITION, count=3)
POISON = KEYS[1]
CODES = "7LJ"


def lives(partition: int, codes: str = CODES) -> list[InputRecord]:
    return [receipt(key, code, minutes) for minutes, code in enumerate(codes) for key in keys(partition, count=3)]


@contextmanager
def tracking(folder: Path, told: Callable[[ByHand], Awaitable[None]], *program: str) -> Iterator[Tracker]:
    """A tracker on a broker that was told something first."""
    with EmbeddedBroker(topics().values()) as broker:
        asyncio.run(_tell(broker.bootstrap, told))
        tracker = Tracker(broker.bootstrap, folder, {"CLEARANCE_TRACKER_BATCH_RECORDS": "10"}, program or (PROGRAM,))
        tracker.start()
        try:
            yield tracker
        finally:
            tracker.end(signal.SIGKILL)


async def _tell(bootstrap: str, told: Callable[[ByHand], Awaitable[None]]) -> None:
    async with by_hand(bootstrap) as hand:
        await told(hand)


def commands(line: dict[str, Any]) -> list[list[str]]:
    """What the remedy of a line tells to run, without the name of the program."""
    return [one.split()[1:] for one in re.findall("`([^`]+)`", line["remedy"])]


async def parked_line(tracker: Tracker) -> dict[str, Any]:
    async def told() -> Any:
        return next(iter(tracker.events("partition_parked")), None)

    found: dict[str, Any] = await until(told, "a partition is parked")
    return found


async def others_are_folded(hand: ByHand) -> None:
    async def folded() -> bool:
        stand, log = await positions(hand), await ends(hand)
        return all(stand[number] == log[number] - 1 for number in log if number != PARTITION)

    await until(folded, "the other partitions are folded")


async def everywhere(hand: ByHand) -> None:
    for number in range(PARTITIONS):
        await hand.append(number, *lives(number))


def run_as_printed(tracker: Tracker, line: dict[str, Any]) -> None:
    add, unpark = commands(line)
    assert run(*add, "--yes", broker=tracker.bootstrap).exit_code == 0
    listed = run("partitions", "list", broker=tracker.bootstrap).stdout
    assert f"{PARTITION}  at {line['input']} since" in listed
    told = run(*unpark, broker=tracker.bootstrap)
    assert told.exit_code == 0, told.output
    assert f"partition {PARTITION} goes on behind {line['input']}" in told.stdout


def test_an_input_that_fails_twice_parks_its_partition_until_it_is_set_aside(tmp_path: Path) -> None:
    place = f"{BASE.inputs}:{PARTITION}:1"

    async def work(tracker: Tracker) -> None:
        async with by_hand(tracker.bootstrap) as hand:
            line = await parked_line(tracker)
            assert (line["declaration"], line["input"], line["partition"]) == (POISON, place, PARTITION)
            assert "a bug of the fold" in line["reason"]
            await others_are_folded(hand)
            [once] = tracker.events("input_failed")
            assert once["input"] == place
            await until(lambda: shown_parked(tracker), "metrics show it")
            told = await progress_of(hand.reader, BASE, PARTITION)
            assert told is not None
            assert told.parked_since is not None
            found = await exact(tracker.bootstrap)
            assert found.exact, "the fold knows how far a parked partition is to be folded"

            tracker.kill()
            tracker.start()
            await until(lambda: said(tracker, "still_parked"), "it is parked after a restart")
            assert len(tracker.events("input_failed")) == 1, "and not tried again"

            await asyncio.to_thread(run_as_printed, tracker, line)
            await until(lambda: said(tracker, "unparked"), "it goes on")
            again = [one for one in await later(tracker, 2) if one["input"] != place]
            assert [one["input"] for one in again] == [f"{BASE.inputs}:{PARTITION}:4"], "its next one"
            for one in again:
                await asyncio.to_thread(run_as_printed, tracker, one)
            last = (await later(tracker, 3))[-1]
            await asyncio.to_thread(run_as_printed, tracker, last)
            found = await exact(tracker.bootstrap)
            assert found.exact, found
            truth, _ = await consult(tracker.bootstrap, TABLES)
            assert truth.dead == {(PARTITION, offset) for offset in (1, 4, 7)}
            assert {*truth.states} >= {*KEYS} - {POISON}
            told = await progress_of(hand.reader, BASE, PARTITION)
            assert told is not None
            assert told.parked_since is None
            listed = await asyncio.to_thread(run, "partitions", "list", broker=tracker.bootstrap)
            assert listed.stdout.startswith("0 parked")

    with tracking(tmp_path, everywhere, POISONED, POISON) as tracker:
        asyncio.run(work(tracker))


async def shown_parked(tracker: Tracker) -> bool:
    """Told at the next tick, not when it is parked."""
    shown = tracker.metrics()
    parked = shown.get(("clearance_partitions_parked", (str(PARTITION),))) == 1
    return parked and shown["clearance_partitions", ("running",)] == PARTITIONS - 1


async def said(tracker: Tracker, event: str) -> bool:
    return bool(tracker.events(event))


async def later(tracker: Tracker, count: int) -> list[dict[str, Any]]:
    """The lines of so many times at which it parked."""

    async def told() -> Any:
        lines = tracker.events("partition_parked")
        return lines if len(lines) >= count else None

    found: list[dict[str, Any]] = await until(told, f"parked for the {count}. time")
    return found


@pytest.mark.parametrize("damage", a_few_of([wrong_crc, unknown_codec], 2))
def test_a_batch_that_cannot_be_read_parks_its_partition_until_it_is_given_up(damage: Damage, tmp_path: Path) -> None:
    async def told(hand: ByHand) -> None:
        await everywhere(hand)
        lost = map(outgoing_input, lives(PARTITION, "C"))
        await put_torn(hand.bootstrap, BASE.inputs, PARTITION, damage, *lost)
        await hand.append(PARTITION, *lives(PARTITION, "PR"))

    async def work(tracker: Tracker) -> None:
        async with by_hand(tracker.bootstrap) as hand:
            line = await parked_line(tracker)
            assert line["input"] == f"{BASE.inputs}:{PARTITION}:9"
            await others_are_folded(hand)
            assert (await exact(tracker.bootstrap)).exact
            await asyncio.to_thread(run_as_printed, tracker, line)
            found = await exact(tracker.bootstrap)
            assert found.exact, found
            truth, _ = await consult(tracker.bootstrap, TABLES)
            assert truth.dead == {(PARTITION, offset) for offset in (9, 10, 11)}
            tracker.kill()
            tracker.start()
            await hand.append(PARTITION, *lives(PARTITION, "P"))
            assert (await exact(tracker.bootstrap)).exact
            assert len(tracker.events("partition_parked")) == 1

    with tracking(tmp_path, told) as tracker:
        asyncio.run(work(tracker))


def test_a_second_partition_that_fails_alike_ends_the_process(tmp_path: Path) -> None:
    async def told(hand: ByHand) -> None:
        for number in (PARTITION, OTHER):
            await put_torn(hand.bootstrap, BASE.inputs, number, wrong_crc, *map(outgoing_input, lives(number)))

    with tracking(tmp_path, told) as tracker:
        assert tracker.ended() == 70
        words = tracker.last_words
        assert words["event"] == "stopped"
        assert re.search(r"partition (4|7) fails at 0 as partition (4|7) does, which is parked", words["reason"])
        assert "go back to the release before" in words["reason"]
