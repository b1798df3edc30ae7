"""What is over leaves memory and comes back exact; what others wrote over it is put right."""

from msgspec.structs import replace
from tests.helpers.partition_logs import TABLES, state_bytes

from clearance.devbroker.embedded import EmbeddedBroker
from clearance.kafka.names import BASE
from clearance.kafka.wire import Outgoing, status_head
from clearance.tracker.owned import Owned

from .by_hand import ByHand, keys, receipt
from .stories import folded, run

CLOSED = "7LJPR"


async def truth(hand: ByHand, partition: int) -> dict[str, bytes]:
    """The pure fold of the whole log."""
    return state_bytes(await hand.fold_anew(partition))


async def written(hand: ByHand, partition: int) -> dict[str, bytes]:
    """The last record of every key, as compaction leaves it."""
    return {record.key.decode(): record.value for record in await hand.states(partition)}


async def as_before(hand: ByHand, partition: int, key: str, record: int = 0) -> None:
    """A worker that was paused writes an old state of the declaration once more."""
    old = [one for one in await hand.states(partition) if one.key == key.encode()][record]
    await hand.write(BASE.status, partition, Outgoing(old.key, old.value, list(old.headers)))


def gone(owned: Owned) -> int:
    return owned.fold.partition.states.gone


def test_after_a_restart_only_what_is_open_is_in_memory(broker: EmbeddedBroker, partition: int) -> None:
    async def story(hand: ByHand, partition: int, key: str) -> None:
        await folded(hand, partition, key, *CLOSED)
        await folded(hand, partition, keys(partition, 1)[0], "7", "L")
        owned = (await hand.restore(partition)).owned
        assert [*owned.fold.partition.states.away(keys(partition, count=2))] == [key]

    run(broker, partition, story)


def test_a_late_receipt_finds_the_state_as_it_was(broker: EmbeddedBroker, partition: int) -> None:
    async def story(hand: ByHand, partition: int, key: str) -> None:
        await folded(hand, partition, key, *CLOSED)
        owned = (await hand.restore(partition)).owned
        assert gone(owned) == 1
        await hand.append(partition, receipt(key, "C", 2), receipt(key, "R", 4))
        await hand.fold(partition, owned)
        assert gone(owned) == 0
        assert state_bytes(owned.fold) == await truth(hand, partition) == await written(hand, partition)

    run(broker, partition, story)


def test_it_leaves_memory_when_it_has_been_over_for_so_long(broker: EmbeddedBroker, partition: int) -> None:
    async def story(hand: ByHand, partition: int, key: str) -> None:
        owned = await folded(hand, partition, key, *CLOSED)
        await hand.append(partition, receipt(keys(partition, 1)[0], "7"))
        await hand.fold(partition, owned)
        owned.let_go(3600)
        assert gone(owned) == 0
        owned.let_go(0)
        assert [*owned.fold.partition.states.away(keys(partition, count=2))] == [key]

    run(broker, partition, story)


def test_a_duplicate_brings_it_back_for_a_while_only(broker: EmbeddedBroker, partition: int) -> None:
    async def story(hand: ByHand, partition: int, key: str) -> None:
        owned = await folded(hand, partition, key, *CLOSED)
        for _ in ("once", "and again"):
            owned.let_go(0)
            assert gone(owned) == 1
            await hand.append(partition, receipt(key, "R", 4))
            assert (await hand.fold(partition, owned)).events == []
            assert gone(owned) == 0

    run(broker, partition, story)


def test_one_whose_record_compaction_has_removed_is_found_all_the_same(broker: EmbeddedBroker, partition: int) -> None:
    async def story(hand: ByHand, partition: int, key: str) -> None:
        owned = await folded(hand, partition, key, *CLOSED)
        await as_before(hand, partition, key)
        await hand.append(partition, receipt(keys(partition, 1)[0], "7"))
        await hand.fold(partition, owned)
        owned.let_go(0)
        of_another = len(await hand.states(partition)) - 1
        owned.index.enter({key: owned.index.find((key,))[key]._replace(place=of_another)})
        await hand.bring_back(owned, key)
        assert state_bytes(owned.fold) == await truth(hand, partition)

    run(broker, partition, story)


def test_an_old_state_written_last_is_written_over(broker: EmbeddedBroker, partition: int) -> None:
    async def story(hand: ByHand, partition: int, key: str) -> None:
        owned = await folded(hand, partition, key, *CLOSED)
        await as_before(hand, partition, key)
        assert await written(hand, partition) != await truth(hand, partition)
        assert await hand.heal(owned) == 1
        assert await written(hand, partition) == await truth(hand, partition)
        assert await hand.heal(owned) == 0

    run(broker, partition, story)


def test_one_that_has_left_memory_is_healed_too(broker: EmbeddedBroker, partition: int) -> None:
    async def story(hand: ByHand, partition: int, key: str) -> None:
        owned = await folded(hand, partition, key, *CLOSED)
        owned.let_go(0)
        await as_before(hand, partition, key)
        assert await hand.heal(owned) == 1
        owned.let_go(0)
        assert gone(owned) == 1
        await hand.bring_back(owned, key)
        assert state_bytes(owned.fold) == await truth(hand, partition) == await written(hand, partition)

    run(broker, partition, story)


def test_an_old_state_between_two_writes_of_the_owner_is_noticed(broker: EmbeddedBroker, partition: int) -> None:
    async def story(hand: ByHand, partition: int, key: str) -> None:
        owned = await folded(hand, partition, key, *CLOSED)
        await as_before(hand, partition, key)
        await hand.append(partition, receipt(keys(partition, 1)[0], "7"))
        await hand.fold(partition, owned)
        assert await hand.heal(owned) == 1
        assert await written(hand, partition) == await truth(hand, partition)

    run(broker, partition, story)


def test_a_copy_or_a_newer_state_of_another_worker_is_let_be(broker: EmbeddedBroker, partition: int) -> None:
    async def story(hand: ByHand, partition: int, key: str) -> None:
        owned = await folded(hand, partition, key, *CLOSED)
        last = (await hand.states(partition))[-1]
        await as_before(hand, partition, key, record=-1)
        headers = [(name, b"99" if name == "src" else value) for name, value in last.headers]
        await hand.write(BASE.status, partition, Outgoing(last.key, last.value, headers))
        assert await hand.heal(owned) == 0
        assert status_head((await hand.states(partition))[-1].headers).src == 99

    run(broker, partition, story)


def test_a_number_merged_into_another_is_over(broker: EmbeddedBroker, partition: int) -> None:
    from clearance.events.partition.partition import is_over
    from clearance.events.step.declaration import Declaration

    pointer = Declaration("cn:temporary:Z20260000000000001", merged_into="cn:unified:I20260000000000001")
    assert is_over(pointer, TABLES)
    assert not is_over(replace(pointer, merged_into=""), TABLES)
