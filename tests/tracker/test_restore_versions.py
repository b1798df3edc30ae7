"""A changed fold, or changed tables, continue only where everything before them is written."""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from tests.helpers.partition_logs import TABLES

from clearance.devbroker.embedded import EmbeddedBroker
from clearance.kafka.names import BASE
from clearance.kafka.wire import event_record, progress_record, status_record
from clearance.stages.log_checks import CannotContinue

from .by_hand import AT, ByHand, receipt
from .stories import folded, run, standing

LATER = AT + timedelta(days=3650)
"""Of two records with one position the later one counts."""
EARLIER = {"step": {"step_version": "0"}, "tables": {"tables_version": "0123456789ab"}}


@pytest.mark.parametrize("what", EARLIER)
def test_another_version_continues_where_everything_was_written(
    what: str, broker: EmbeddedBroker, partition: int
) -> None:
    async def story(hand: ByHand, partition: int, key: str) -> None:
        owned = await folded(hand, partition, key)
        told = replace(owned.progress(LATER), **EARLIER[what])
        await hand.write(BASE.progress, partition, progress_record(told))
        assert standing((await hand.restore(partition)).owned) == standing(owned)

    run(broker, partition, story)


@pytest.mark.parametrize("written", ["events", "states"])
def test_another_version_does_not_continue_a_batch_that_was_begun(
    written: str, broker: EmbeddedBroker, partition: int
) -> None:
    async def story(hand: ByHand, partition: int, key: str) -> None:
        owned = await folded(hand, partition, key)
        told = replace(owned.progress(LATER), position=2, step_version="0")
        await hand.append(partition, receipt(key, "P", 9))
        batch = owned.fold.fold([replace(receipt(key, "P", 9), position=3)])
        if written == "events":
            await hand.write(BASE.events, partition, *map(event_record, batch.events))
        else:
            await hand.write(BASE.status, partition, status_record(batch.dirty[key], TABLES))
        await hand.write(BASE.progress, partition, progress_record(told))
        with pytest.raises(CannotContinue, match=r"was not stopped cleanly by step 0 .* start and stop the earlier"):
            await hand.restore(partition)

    run(broker, partition, story)
