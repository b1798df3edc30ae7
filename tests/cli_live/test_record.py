"""`clearance record`: a slice of a log that is there, into a folder."""

import asyncio
import json
from pathlib import Path

import pytest
from tests.api.system import System
from tests.cli_live.program import run
from tests.operations.logs import RECORDINGS, ordered, outcome, outcomes, played

from clearance.devbroker.embedded import EmbeddedBroker
from clearance.kafka.clients import new_producer
from clearance.kafka.names import BASE
from clearance.kafka.wire import outgoing_input
from clearance.recordings.story import tell

STORIES = (
    "temporary-then-unified-then-entry",
    "smart-card-failure",
    "command-to-an-alias",
    "one-entry-number-two-declarations",
    "uk-two-declarations-in-one-notification",
    "backfill-complete",
    "inspection-escalates",
)


def append(bootstrap: str, system: System) -> None:
    """Its log, with the broker timestamps that it would have had."""

    async def work() -> None:
        producer = new_producer(bootstrap)
        await producer.start()
        for (timestamp, partition, _), record in ordered(system):
            sent = outgoing_input(record)
            await producer.send(
                BASE.inputs, sent.value, sent.key, partition=partition, timestamp_ms=timestamp, headers=sent.headers
            )
        await producer.stop()

    asyncio.run(work())


@pytest.mark.parametrize("name", STORIES)
def test_a_declaration_is_recorded_with_all_its_numbers_and_comes_to_the_same(
    name: str, embedded_broker: EmbeddedBroker, tmp_path: Path
) -> None:
    system = played(RECORDINGS / name)
    append(embedded_broker.bootstrap, system)
    before = outcomes(system)
    declaration = next(iter(before))
    told = run("record", "--declaration", declaration, "--out", tmp_path / "out", broker=embedded_broker.bootstrap)
    assert told.exit_code == 0, told.output
    after = [outcome(one) for one in tell(tmp_path / "out")]
    assert before[declaration] in after
    number = declaration.rpartition(":")[2].encode()
    assert not [path for path in (tmp_path / "out").iterdir() if number in path.read_bytes()]


def test_a_slice_by_time_says_where_it_comes_from(embedded_broker: EmbeddedBroker, tmp_path: Path) -> None:
    append(embedded_broker.bootstrap, played(RECORDINGS / "held-then-released"))
    bounds = ("--from", "2026-03-02T01:30:00Z", "--to", "2026-03-03T00:00:00Z")
    told = run("record", *bounds, "--out", tmp_path / "out", broker=embedded_broker.bootstrap)
    assert told.exit_code == 0
    (message,) = (tmp_path / "out").glob("*.xml")
    assert message.name.endswith("-DEC_RESULT-C.xml")
    expected = json.loads((tmp_path / "out" / "expected.json").read_text())
    assert "from 2026-03-02 01:30:00" in expected["source"]


def test_a_slice_by_offsets_is_of_one_partition(embedded_broker: EmbeddedBroker, tmp_path: Path) -> None:
    system = played(RECORDINGS / "held-then-released")
    append(embedded_broker.bootstrap, system)
    partition = max(range(12), key=lambda number: len(system.log[number]))
    first = next(record.position for record in system.log[partition] if record.key)
    words = ("--from", first, "--to", first + 1, "--out", tmp_path / "out")
    assert run("record", *words, broker=embedded_broker.bootstrap).exit_code == 2
    told = run("record", "--partition", partition, *words, broker=embedded_broker.bootstrap)
    assert told.exit_code == 0
    assert len(list((tmp_path / "out").glob("*.xml"))) == 1


def test_it_writes_nothing_where_the_slice_is_empty_too_long_or_not_named(
    embedded_broker: EmbeddedBroker, tmp_path: Path
) -> None:
    append(embedded_broker.bootstrap, played(RECORDINGS / "held-then-released"))
    out = tmp_path / "out"
    for words, reason in (
        ((), "say which"),
        (("--declaration", "nobody"), "no message is filed under nobody"),
        (("--from", "2026-03-02T00:00:00Z", "--limit", "2"), "more than 2 messages"),
        (("--to", "2001-01-01T00:00:00Z"), "holds no message"),
    ):
        told = run("record", *words, "--out", out, broker=embedded_broker.bootstrap)
        assert told.exit_code == 2
        assert reason in told.stderr
        assert not out.exists()
    out.mkdir()
    assert run("record", "--partition", 0, "--out", out, broker=embedded_broker.bootstrap).exit_code == 2
