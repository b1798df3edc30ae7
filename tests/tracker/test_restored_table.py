"""The table of what was learned that is in force comes back with its partition."""

import pytest
from msgspec.structs import replace
from tests.helpers.input_records import table, told

from clearance.devbroker.embedded import EmbeddedBroker
from clearance.events.log.input_records import input_record
from clearance.kafka.expectation_records import kept_table
from clearance.kafka.names import BASE
from clearance.kafka.wire import progress_record
from clearance.stages.log_checks import CannotContinue

from .by_hand import AT, ByHand
from .stories import folded, run, standing


def test_the_table_in_force_comes_back_also_if_the_log_was_purged(broker: EmbeddedBroker, partition: int) -> None:
    """Nothing but what the tracker itself has written is asked for it."""

    async def story(hand: ByHand, partition: int, key: str) -> None:
        owned = await folded(hand, partition, key)
        for version in (3, 4, 3):
            await hand.append(partition, input_record("", told(table(version))))
        await hand.fold(partition, owned)
        found = (await hand.restore(partition)).owned
        assert found.fold.partition.expectations == table(4)
        assert found.progress(AT).expectations_version == 4
        assert standing(found) == standing(owned)

    run(broker, partition, story)


def test_who_dies_before_the_progress_goes_on_with_the_table_before(broker: EmbeddedBroker, partition: int) -> None:
    async def story(hand: ByHand, partition: int, key: str) -> None:
        owned = await folded(hand, partition, key)
        await hand.append(partition, input_record("", told(table(3))))
        await hand.fold(partition, owned)
        await hand.append(partition, input_record("", told(table(4))))
        await hand.write(BASE.expectations, partition, kept_table(partition, table(4)))
        found = (await hand.restore(partition)).owned
        assert found.fold.partition.expectations == table(3)
        assert (await hand.fold(partition, found)).expectations == table(4)

    run(broker, partition, story)


def test_a_table_that_is_gone_stops_the_restore(broker: EmbeddedBroker, partition: int) -> None:
    async def story(hand: ByHand, partition: int, key: str) -> None:
        owned = await folded(hand, partition, key)
        told_of = replace(owned.progress(AT), expectations_version=9)
        await hand.write(BASE.progress, partition, progress_record(told_of))
        with pytest.raises(CannotContinue, match=f"tracker-expectations:{partition} does not hold table 9"):
            await hand.restore(partition)

    run(broker, partition, story)
