"""The benchmark's log is a log like any other, and whoever folds it gives the same records."""

import asyncio
from pathlib import Path

import pytest
from benchmarks.throughput.contestants import CONTESTANTS, QUIX_PYTHON
from benchmarks.throughput.prepared import PARTITIONS, Prepared, prepare, simulated
from benchmarks.throughput.rounds import play
from msgspec.structs import replace

from clearance.devbroker.local import LocalKafka
from clearance.kafka.clients import partition_of
from clearance.settings.tables import default_tables
from clearance.testing.oracle import digest_of_input, fold

TABLES = default_tables()


@pytest.fixture(scope="module")
def prepared() -> Prepared:
    return prepare(simulated(5, 1200, TABLES), 300, TABLES)


def test_the_log_holds_all_that_its_fold_sends(prepared: Prepared) -> None:
    there = {digest_of_input(record) for records in prepared.log for record in records}
    assert prepared.truth.sends
    assert prepared.truth.sends.keys() <= there


def test_what_is_sent_once_more_behind_it_changes_nothing(prepared: Prepared) -> None:
    longer = [list(records) for records in prepared.log]
    sent = [one for records in prepared.log for one in records if digest_of_input(one) in prepared.truth.sends]
    for record in sent:
        behind = longer[partition_of(record.key.encode(), PARTITIONS)]
        behind.append(replace(record, position=len(behind)))
    again = fold(longer, TABLES)
    assert (again.events, again.status) == (prepared.truth.events, prepared.truth.status)


@pytest.mark.soak
@pytest.mark.parametrize("name", CONTESTANTS)
def test_every_contestant_gives_what_the_fold_gives(
    name: str, prepared: Prepared, own_kafka: LocalKafka, tmp_path: Path
) -> None:
    if name == "quix" and not QUIX_PYTHON.exists():
        pytest.skip("Quix Streams has an environment of its own: make .tools/quix/made")
    result = asyncio.run(play(CONTESTANTS[name], prepared, own_kafka, tmp_path / "said.log"))
    assert result.observed.wrong == []
    assert result.observed.events == len(prepared.truth.events)
