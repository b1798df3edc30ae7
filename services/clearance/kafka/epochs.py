"""Which epoch is answered from, and where the base log lies: the record `current` of `clearance-epochs`, read, followed
and written. After a move to another cluster the record of the old one leads there, and is followed."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import datetime
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError
from pydantic import ValidationError

from clearance.contracts.models.current_epoch import MovedBase
from clearance.kafka import clients
from clearance.kafka.errors import BrokerError
from clearance.kafka.move_records import MOVE, Order, read_order
from clearance.kafka.names import EPOCHS, FIRST, BaseLog, Names
from clearance.kafka.wire import CURRENT, current_record, read_current

LOOK_MS = 1000
"""How long one look for a change waits; a change itself is seen at once [ms]."""


class Current(NamedTuple):
    """The epoch that is answered from. `before` is the one it was switched from; None if there was no switch since the
    log was made or moved. `address` is the cluster of the base log, "" for the one that was asked. `moving` is what the
    base log is being copied into, None if it is not."""

    epoch: int
    before: int | None = None
    base: BaseLog = FIRST
    address: str = ""
    moving: BaseLog | None = None

    def names(self, epoch: int | None = None) -> Names:
        """The topics of an epoch; of the one that is answered from if none is named. Raises `EpochOver`."""
        if self.moving is not None and epoch == self.moving.epoch:
            return Names.of(epoch, self.moving)
        if epoch is not None and epoch < self.base.epoch:
            raise EpochOver(
                f"epoch {epoch} is over: its log was moved into epoch {self.base.epoch}; set CLEARANCE_EPOCH to that, "
                "and CLEARANCE_KAFKA_BOOTSTRAP_SERVERS if it lies on another cluster"
            )
        return Names.of(self.epoch if epoch is None else epoch, self.base)


class EpochOver(BrokerError):
    """An epoch whose log was moved into another one."""


NO_SWITCH = Current(0)


async def current(reader: AIOKafkaConsumer) -> Current:
    """The present one, on the cluster of the reader. Takes the reader for itself. Raises `EpochOver` if the log was
    moved to another cluster."""
    held = await _held(reader)
    if held.address:
        raise EpochOver(
            f"the log was moved to the cluster at {held.address}: set CLEARANCE_KAFKA_BOOTSTRAP_SERVERS to that"
        )
    return held


async def _held(reader: AIOKafkaConsumer) -> Current:
    held = NO_SWITCH
    async for records in clients.read_whole(reader, EPOCHS, 0):
        held = _last(records, held)
    return held


async def ask(bootstrap: str) -> Current:
    """The present one, on whichever cluster the log is. Raises `BrokerError`."""
    async for held in _on_the_way(bootstrap, _asked):
        last = held
    return last


async def _asked(bootstrap: str) -> AsyncGenerator[Current, None]:
    reader = clients.new_reader(bootstrap)
    try:
        await reader.start()
        yield await _held(reader)
    except KafkaError as error:
        raise BrokerError(f"the broker at {bootstrap} does not tell which epoch is current: {error}") from error
    finally:
        await reader.stop()


def follow(bootstrap: str) -> AsyncGenerator[Current, None]:
    """The present one at once, then each to which is switched, from cluster to cluster. Raises `KafkaError` if it
    cannot begin; goes on by itself when the broker was away. Raises `BrokerError` for a record that cannot be read."""
    return _on_the_way(bootstrap, _followed)


async def _on_the_way(
    bootstrap: str, told_by: Callable[[str], AsyncGenerator[Current, None]]
) -> AsyncGenerator[Current, None]:
    """What the cluster on which the log is tells, with its address, unless that is the first one. Those on the way to
    it are not told of: whoever writes would write to a log that is sealed."""
    address = ""
    while True:
        async with aclosing(told_by(address or bootstrap)) as telling:
            async for held in telling:
                if moved := held.address:
                    break
                yield held._replace(address=address)
            else:
                return
        address = moved


async def _followed(bootstrap: str) -> AsyncGenerator[Current, None]:
    reader = clients.new_reader(bootstrap)
    try:
        await reader.start()
        held = await _held(reader)
        yield held
        place = TopicPartition(EPOCHS, 0)
        _, after = await clients.ends(reader, EPOCHS, 0)
        reader.seek(place, max(0, after - 1))  # what was written in between is in the last record
        while True:
            try:
                fetched = await reader.getmany(place, timeout_ms=LOOK_MS)
            except OffsetOutOfRangeError:  # the topic was made anew
                reader.seek(place, 0)
                continue
            for records in fetched.values():
                last = _last(records, held)
                if last != held:
                    held = last
                    yield held
    finally:
        await reader.stop()


async def switch(producer: AIOKafkaProducer, to: int, before: Current, at: datetime) -> None:
    """From now on `to` is answered from; the base log stays."""
    await clients.write(producer, EPOCHS, 0, [current_record(to, before.epoch, at, _told(before.base))])


async def switch_base(producer: AIOKafkaProducer, order: Order, at: datetime, address: str = "") -> None:
    """From now on the log that was moved is the base log, and its epoch is answered from; there is no way back."""
    base = MovedBase(epoch=order.epoch, partitions=order.partitions, address=address)
    await clients.write(producer, EPOCHS, 0, [current_record(order.epoch, None, at, base)])


def _told(base: BaseLog) -> MovedBase | None:
    return None if base == FIRST else MovedBase(epoch=base.epoch, partitions=base.partitions, address="")


def _last(records: list[Any], held: Current) -> Current:
    for record in records:
        if record.key == MOVE:
            order = read_order(record.value) if record.value else None
            held = held._replace(moving=order.log if order else None)
        if record.key == CURRENT and record.value is not None:
            try:
                one = read_current(record.value)
            except ValidationError as error:
                place = f"{EPOCHS}:0:{record.offset}"
                raise BrokerError(f"{place} is no epoch ({error.errors()[0]['msg']}): switch again") from error
            base = BaseLog(one.base.epoch, one.base.partitions) if one.base else FIRST
            held = Current(one.epoch, one.before, base, one.base.address if one.base else "", held.moving)
    return held
