"""The runner: time first, then messages, and never a clock ahead of a message that is still to be sent."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from tests.simulator.conftest import NINGBO_DOWN

from clearance.edge.outcomes import TakenArrival
from clearance.events.partition.replay import Arrival
from clearance.metrics import Board
from clearance.metrics.declared import SIMULATOR
from clearance.simulator.conditions import Conditions
from clearance.simulator.life import Label, Trouble
from clearance.simulator.pacing import Compressed, Pace, Steady
from clearance.simulator.process import teller
from clearance.simulator.run import Runner
from clearance.simulator.traffic import MONDAY, traffic
from clearance.simulator.world import field

LATER = datetime(2026, 6, 1, tzinfo=UTC)


class Log:
    """An edge that remembers: clocks and names of messages, in the order of the log."""

    def __init__(self) -> None:
        self.entries: list[datetime | str] = []
        self.times: list[datetime] = []

    async def pass_time(self, at: datetime, external: bool) -> None:
        assert external
        self.entries.append(at)

    async def take_many(self, arrivals: Iterable[Arrival]) -> AsyncIterator[TakenArrival]:
        for arrival in arrivals:
            self.entries.append(arrival.name)
            self.times.append(arrival.at)
            yield TakenArrival(arrival, "appended")


def sent(
    pace: Pace, limit: int | None, told: list[Label | Trouble] | None = None, end_after: float = 0
) -> tuple[Log, Runner]:
    log: Any = Log()
    runner = Runner(log, Board(SIMULATOR), pace, traffic(5, MONDAY), (told if told is not None else []).append)

    async def run() -> None:
        if end_after:
            asyncio.get_running_loop().call_later(end_after, runner.ended.set)
        await runner.run(limit)

    asyncio.run(run())
    return log, runner


def test_it_sends_so_many_and_no_more() -> None:
    log, runner = sent(Steady(LATER), 700)
    wanted = [happening.arrival.name for happening in islice(traffic(5, MONDAY), 700)]
    assert [entry for entry in log.entries if isinstance(entry, str)] == wanted
    assert runner.sent == 700


def test_time_passes_before_the_first_message_and_never_past_the_next() -> None:
    log, _ = sent(Steady(LATER), 1200)
    assert isinstance(log.entries[0], datetime)
    times = iter(log.times)
    upcoming = next(times)
    for entry in log.entries:
        if isinstance(entry, datetime):
            assert entry <= upcoming
        else:
            upcoming = next(times, LATER)


def test_every_label_is_told_before_its_life_begins_to_be_sent() -> None:
    told: list[Label | Trouble] = []
    sent(Steady(LATER), 500, told)
    assert told == [label for happening in islice(traffic(5, MONDAY), 500) for label in happening.labels]


def test_it_waits_for_the_time_of_messages_and_ends_when_told() -> None:
    start = MONDAY - timedelta(days=1)
    log, runner = sent(Compressed(start, LATER, 1), None, end_after=0.3)
    assert runner.sent == 0
    assert [entry for entry in log.entries if isinstance(entry, str)] == []
    assert runner.board.value("clearance_simulated_time_seconds") >= start.timestamp()


def test_the_truth_names_an_outage_before_the_first_trouble_that_it_made(tmp_path: Path) -> None:
    start = MONDAY
    down = replace(NINGBO_DOWN, name="down", since=start, until=start + timedelta(hours=6), office="")
    conditions = Conditions(field(), 5, start, clean=True, planted=(down,))
    path = tmp_path / "truth.jsonl"
    with teller(path, conditions) as tell:
        for happening in islice(traffic(5, start, conditions=conditions), 300):
            for trouble in happening.troubles:
                tell(trouble)
    told = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    by_it = [one for one in told if "down" in (one.get("name"), one.get("cause"))]
    assert len(by_it) > 5
    assert [one.get("name") for one in by_it[:2]] == ["down", None]
