"""A move is one at a time, into a log of its own; whoever asks for another is told what to do."""

import asyncio

import pytest
from tests.rebuild.moving_log import MORE, NEW, clusters, mover

from clearance.kafka import clients
from clearance.kafka.move_records import OVER, Checkpoint, Order, move_record, move_under_way
from clearance.kafka.names import BASE, EPOCHS
from clearance.kafka.wire import SEAL
from clearance.rebuild.last_checkpoint import OtherMove
from clearance.rebuild.rehashing import NOTHING
from clearance.rebuild.sealing import seal
from clearance.settings.clock import utc_now


def test_a_second_move_is_refused_while_one_is_at_work_and_another_until_it_has_ended() -> None:
    async def story(old: str, new: str) -> None:
        async with mover(old, new) as first, mover(old, new) as other, asyncio.timeout(20):
            await first.begin()
            running = asyncio.create_task(first.run(asyncio.Event(), lambda fed: None))
            with pytest.raises(OtherMove, match="let it end, or stop it and wait for 10 s"):
                await other.begin()
            other.order = Order(2, MORE, new)
            with pytest.raises(OtherMove, match=r"a move into epoch 1 with 24 partitions at .* has not ended"):
                await other.begin()
            await seal(old, BASE)
            assert await running
            found = await move_under_way(other.old.reader)
            assert found is not None
            assert found[1].sealed == [*BASE.numbers]
            await clients.write(first.new.producer, EPOCHS, 0, [OVER])
            assert await move_under_way(other.new.reader) is None

    with clusters() as (old, new):
        asyncio.run(story(old.bootstrap, new.bootstrap))


def test_a_move_goes_on_at_once_behind_one_that_was_stopped() -> None:
    async def story(old: str, new: str) -> None:
        async with mover(old, new) as first, mover(old, new) as second:
            await first.begin()
            stop = asyncio.Event()
            stop.set()
            assert not await first.run(stop, lambda fed: None)
            await first.tell(by="")
            await second.begin()

    with clusters() as (old, new):
        asyncio.run(story(old.bootstrap, new.bootstrap))


def test_a_log_that_something_else_has_written_to_is_left_alone() -> None:
    async def story(old: str, new: str) -> None:
        async with mover(old, new) as one:
            await clients.write(one.new.producer, NEW.inputs, 7, [SEAL])
            with pytest.raises(OtherMove, match=r"declaration-inputs.e1:7 holds records.*name an epoch that was not"):
                await one.begin()
            assert await move_under_way(one.old.reader) is None

    with clusters() as (old, new):
        asyncio.run(story(old.bootstrap, new.bootstrap))


def test_a_new_log_that_was_made_anew_is_not_taken_for_what_was_copied() -> None:
    """As after a restore of a backup, which holds the checkpoint and not the copies."""

    async def story(old: str, new: str) -> None:
        held = Checkpoint(by="", at=utc_now(), caught_up=False, read={0: 9}, written={3: 7}, told=NOTHING, sealed=[])
        async with mover(old, new) as one:
            await clients.write(one.new.producer, EPOCHS, 0, [move_record(Order(1, MORE, new), held)])
            with pytest.raises(OtherMove, match=r"declaration-inputs.e1:3 ends at 0, .*up to 7: it was made anew"):
                await one.begin()

    with clusters() as (old, new):
        asyncio.run(story(old.bootstrap, new.bootstrap))
