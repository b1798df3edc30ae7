"""A partition is read back as it was written, whatever was written last; or the tracker says why it cannot go on."""

import os
from dataclasses import replace as other

import pytest
from msgspec.structs import replace
from tests.helpers.partition_logs import TABLES

from clearance.devbroker.embedded import EmbeddedBroker
from clearance.events.log.input_records import input_record
from clearance.events.log.inputs import Clock
from clearance.events.log.progress import Progress
from clearance.events.partition.batch import PartitionFold
from clearance.kafka.names import BASE
from clearance.kafka.topics import Identity
from clearance.kafka.wire import Outgoing, event_record, progress_record, set_aside_record, status_record
from clearance.stages.log_checks import CannotContinue
from clearance.tracker.owned import Owned

from .by_hand import AT, ByHand, receipt
from .stories import folded, run, standing


def test_an_empty_partition_begins_before_its_first_input(broker: EmbeddedBroker, partition: int) -> None:
    async def story(hand: ByHand, partition: int, _: str) -> None:
        found = await hand.restore(partition)
        assert (found.owned.fold.position, dict(found.owned.fold.partition.states)) == (-1, {})
        assert (found.stale, found.records) == ([], 0)

    run(broker, partition, story)


def test_it_comes_back_as_it_was_written(broker: EmbeddedBroker, partition: int) -> None:
    async def story(hand: ByHand, partition: int, key: str) -> None:
        owned = await folded(hand, partition, key)
        await hand.append(partition, input_record("", Clock(at=AT, external=True)))
        await hand.fold(partition, owned)
        found = await hand.restore(partition)
        assert standing(found.owned) == standing(owned)
        assert found.owned.fold.external_clock
        assert (found.stale, found.records) == ([], 3)

    run(broker, partition, story)


def test_of_several_states_the_highest_counts_and_is_to_be_written_again(
    broker: EmbeddedBroker, partition: int
) -> None:
    async def story(hand: ByHand, partition: int, key: str) -> None:
        owned = await folded(hand, partition, key)
        early, *_, last = await hand.states(partition)
        await hand.write(BASE.status, partition, Outgoing(early.key, early.value, list(early.headers)))
        found = await hand.restore(partition)
        assert standing(found.owned) == standing(owned)
        assert found.stale == [key]
        await hand.write_again(found)
        again = await hand.restore(partition)
        assert (standing(again.owned), again.stale) == (standing(owned), [])
        written = (await hand.states(partition))[-1]
        assert (written.value, written.headers) == (last.value, last.headers)

    run(broker, partition, story)


def test_of_several_positions_the_highest_counts(broker: EmbeddedBroker, partition: int) -> None:
    async def story(hand: ByHand, partition: int, key: str) -> None:
        owned = await folded(hand, partition, key)
        old = (await hand.read(BASE.progress, partition))[0]
        await hand.write(BASE.progress, partition, Outgoing(old.key, old.value, list(old.headers)))
        assert standing((await hand.restore(partition)).owned) == standing(owned)

    run(broker, partition, story)


def test_states_ahead_of_the_position_are_kept_and_their_inputs_skipped(broker: EmbeddedBroker, partition: int) -> None:
    """A crash after the states of a batch and before its progress."""

    async def story(hand: ByHand, partition: int, key: str) -> None:
        owned = await folded(hand, partition, key)
        await hand.append(partition, receipt(key, "P", 9))
        ahead = PartitionFold(TABLES, owned.fold.partition.states.values(), owned.progress(AT))
        batch = ahead.fold([replace(receipt(key, "P", 9), position=owned.fold.position + 1)])
        await hand.write(BASE.events, partition, *map(event_record, batch.events))
        await hand.write(BASE.status, partition, *(status_record(one, TABLES) for one in batch.dirty.values()))
        found = (await hand.restore(partition)).owned
        assert found.fold.position == owned.fold.position
        assert (await hand.fold(partition, found)).events == []
        assert standing(found) == standing(Owned(partition, ahead, hand.identity))

    run(broker, partition, story)


def test_states_of_another_epoch_do_not_count(broker: EmbeddedBroker, partition: int) -> None:
    async def story(hand: ByHand, partition: int, key: str) -> None:
        owned = await folded(hand, partition, key)
        state = (await hand.read(BASE.status, partition))[-1]
        of_the_next = [(name, b"1" if name == "epoch" else value) for name, value in state.headers]
        await hand.write(BASE.status, partition, Outgoing(state.key, state.value, of_the_next))
        assert standing((await hand.restore(partition)).owned) == standing(owned)

    run(broker, partition, story)


async def progress(hand: ByHand, partition: int) -> Progress:
    return (await hand.restore(partition)).owned.progress(AT)


def test_inputs_set_aside_are_read_and_what_was_taken_back_is_not(broker: EmbeddedBroker, partition: int) -> None:
    async def story(hand: ByHand, partition: int, key: str) -> None:
        await folded(hand, partition, key, "7")
        for code in ("L", "J", "P"):
            await hand.append(partition, receipt(key, code, 5))
        aside = [set_aside_record(partition, offset, 0, f"stops at {offset}", AT) for offset in (1, 2, 3)]
        taken_back = Outgoing(aside[1].key, None, aside[1].headers)
        other_epoch = set_aside_record(partition, 3, 1, "stops there", AT)
        await hand.write(BASE.set_aside, partition, *aside, taken_back, other_epoch)
        owned = (await hand.restore(partition)).owned
        batch = await hand.fold(partition, owned)
        assert [(one.record.position, one.stage, one.reason) for one in batch.dead] == [(1, "operator", "stops at 1")]
        assert {event.src for event in batch.events} == {2, 3}

    run(broker, partition, story)


@pytest.mark.parametrize("what", ["cluster", "topic"])
def test_progress_of_another_log_stops_the_restore(what: str, broker: EmbeddedBroker, partition: int) -> None:
    async def story(hand: ByHand, partition: int, key: str) -> None:
        await folded(hand, partition, key)
        mine = hand.identity
        ids = {**mine.topic_ids, BASE.inputs: "another topic"}
        theirs = Identity("another cluster", mine.topic_ids) if what == "cluster" else other(mine, topic_ids=ids)
        with pytest.raises(
            CannotContinue, match=rf"{BASE.progress}:{partition} was written for cluster .*another {what}"
        ):
            await hand.restore(partition, identity=theirs)

    run(broker, partition, story)


def test_a_log_that_ends_before_the_position_stops_the_restore(broker: EmbeddedBroker, partition: int) -> None:
    async def story(hand: ByHand, partition: int, key: str) -> None:
        told = replace((await folded(hand, partition, key)).progress(AT), position=3)
        await hand.write(BASE.progress, partition, progress_record(told))
        with pytest.raises(
            CannotContinue, match=rf"{BASE.inputs}:{partition} holds offsets 0 to 2, and offset 4 is to be"
        ):
            await hand.restore(partition)

    run(broker, partition, story)


def test_a_log_that_lost_its_next_input_stops_the_restore(broker: EmbeddedBroker, partition: int) -> None:
    """The embedded broker drops what is older than 5 MiB."""

    async def story(hand: ByHand, partition: int, key: str) -> None:
        await folded(hand, partition, key, "7")
        large = [Outgoing(key.encode(), os.urandom(900_000), []) for _ in range(12)]
        await hand.write(BASE.inputs, partition, *large)
        with pytest.raises(CannotContinue, match=r"offset 1 is to be folded next: records were lost or purged"):
            await hand.restore(partition)

    run(broker, partition, story)
