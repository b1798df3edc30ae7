"""What was learned is read from the parts in the topic, whatever else lies there."""

import asyncio
from datetime import UTC, datetime

import pytest
from tests.events.learning.test_merging import merged, told
from typer.testing import CliRunner

from clearance.cli import expectations as shown_by
from clearance.cli.main import program
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.events.learning.expectations import Expectations, Slower
from clearance.kafka import clients
from clearance.kafka.epochs import NO_SWITCH
from clearance.kafka.names import BASE
from clearance.kafka.part_records import part_record
from clearance.operations.expectations import learned


def write(bootstrap: str) -> None:
    """The parts of two partitions, one of which is a day ahead."""

    async def writing() -> None:
        async with clients.new_producer(bootstrap) as producer:
            for number, days in ((0, 2), (7, 3)):
                await clients.write(producer, BASE.parts, number, [*map(part_record, told(number, days))])

    asyncio.run(writing())


def test_it_is_merged_from_all_partitions_and_printed(embedded_broker: EmbeddedBroker) -> None:
    bootstrap = embedded_broker.bootstrap
    nothing = CliRunner().invoke(program(["expectations"]), ["expectations", "--bootstrap", bootstrap])
    assert "clearance analyst" in nothing.output
    write(bootstrap)
    table = learned(bootstrap, BASE)
    assert table is not None
    assert table == merged([*told(0, 2), *told(7, 3)])
    shown = CliRunner().invoke(program(["expectations"]), ["expectations", "--bootstrap", bootstrap])
    assert (shown.exit_code, f"table {table.version}" in shown.output) == (0, True)
    assert "received" in shown.output


def test_offices_that_have_become_slower_stand_below_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = {("reviewed", "cn", "2901"): Slower(size=80, p90_seconds=32_400, before_seconds=10_800)}
    table = Expectations(7, datetime(2026, 3, 2, tzinfo=UTC), {}, slower=slow)
    monkeypatch.setattr(shown_by, "find_log", lambda _: NO_SWITCH)
    monkeypatch.setattr(shown_by, "find_names", lambda *_: BASE)
    monkeypatch.setattr(shown_by, "learned", lambda *_: table)
    shown = CliRunner().invoke(program(["expectations"]), ["expectations", "--bootstrap", "127.0.0.1:9"])
    assert "cn 2901, reviewed: slower than it was; nine in ten of the last 80 within 9:00:00, 3:00:00 before" in (
        " ".join(shown.output.split())
    )
