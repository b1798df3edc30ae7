"""Second filings are found as the loop in memory finds them, through kills of the tracker and of an analyst, alone or
one of three, on a real Kafka.

The same in a second, without processes, in any order of arrival: `test_loop.py`.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest
from tests.chaos.second_stage import SecondStage
from tests.chaos.waiting import settled
from tests.helpers.second_filings import Sent, inputs_of
from tests.tracker.by_hand import PARTITIONS

from clearance.analyst.analyst import topics_of
from clearance.devbroker.local import LocalKafka
from clearance.events.anomalies.repetition import RULE
from clearance.events.log.input_records import InputRecord
from clearance.events.receipts.related import Says
from clearance.events.step.declaration import Declaration
from clearance.events.step.outputs import AnomalyOpened
from clearance.kafka.clients import partition_of
from clearance.kafka.names import BASE
from clearance.settings.tables import default_tables
from clearance.testing.oracle import Truth, consult

from .test_loop import MANY, in_the_end, loop
from .test_through_kills import a_day, clock

FOUND_SECONDS = 90.0
ROUNDS = 3
FILED = [Sent(5000 + one.number, one.minutes, one.codes, one.bill, one.goods) for one in MANY]
"""Numbers that are in no recording."""


def a_round(day: int, some: Sequence[InputRecord]) -> dict[int, list[InputRecord]]:
    """These filings, and lives of others beside them, until that day is over."""
    inputs = a_day(day)
    for one in some:
        inputs[partition_of(one.key.encode(), PARTITIONS)].insert(0, one)
    return inputs


def rounds() -> list[dict[int, list[InputRecord]]]:
    """All filings, the last ones first: what was filed when, and not what came first, decides."""
    inputs = inputs_of(*FILED)[::-1]
    return [a_round(day, inputs[day::ROUNDS]) for day in range(ROUNDS)]


def related(truth: Truth) -> dict[str, tuple[Says, bool]]:
    """What each of them is related to, and whether that is open."""
    states = [truth.states[one.name] for one in FILED if one.name in truth.states]
    return {one.id: (one.facts.related.says, _is_open(one)) for one in states}


def _is_open(state: Declaration) -> bool:
    return any(one.rule == RULE and one.state == "open" for one in state.ledger.anomalies.values())


def opened(truth: Truth) -> list[tuple[str, datetime]]:
    """Each time that the anomaly opened: of which declaration, and its deadline."""
    told = ((one.declaration, one.data.anomaly) for one in truth.history if isinstance(one.data, AnomalyOpened))
    return [(name, anomaly.deadline) for name, anomaly in told if anomaly.rule == RULE]


@pytest.mark.soak
@pytest.mark.parametrize("others", [0, 2], ids=["one", "three"])
def test_through_three_kills_it_finds_what_the_loop_in_memory_finds(
    own_kafka: LocalKafka, tmp_path: Path, others: int
) -> None:
    whole = in_the_end(loop(*FILED))
    wanted = {one.name: whole[one.name] for one in FILED}
    system = SecondStage(own_kafka, tmp_path, "analyst", topics_of(BASE), others)

    async def is_found() -> bool:
        return related((await consult(own_kafka.bootstrap, default_tables()))[0]) == wanted

    async def story() -> None:
        await system.through_kills({number: [clock(0)] for number in range(PARTITIONS)}, rounds())
        async with system.running(system.tracker, system.stage, *system.others):
            await settled(FOUND_SECONDS, is_found, every=2.0)
            await system.to_rest([system.tracker], [system.stage, *system.others])

    asyncio.run(story())
    truth, found = asyncio.run(consult(own_kafka.bootstrap, default_tables()))
    assert related(truth) == wanted
    assert found.exact, found
    assert any(is_open for _, is_open in related(truth).values())
    assert len(opened(truth)) == len({*opened(truth)}), "an anomaly opened twice"
