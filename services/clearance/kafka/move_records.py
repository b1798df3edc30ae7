"""The record of a move in `clearance-epochs`: written behind each round of copies, read by whoever goes on with it, and
by whoever must know of it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer
from msgspec import Struct
from msgspec.structs import replace

from clearance.contracts.models.move import Move
from clearance.kafka import clients
from clearance.kafka.names import EPOCHS, BaseLog
from clearance.kafka.wire import VERSION_1, Outgoing

MOVE = b"move"
HEADERS = [("kind", MOVE), VERSION_1]
OVER = Outgoing(MOVE, None, HEADERS)
"""The move has ended, or was given up."""


class Order(Struct, frozen=True):
    """What is to be moved where: into the inputs of this epoch, of so many partitions; `address` is the cluster, "" for
    that of the base log."""

    epoch: int
    partitions: int
    address: str = ""

    @property
    def log(self) -> BaseLog:
        """What will be the base log."""
        return BaseLog(self.epoch, self.partitions)


class Told(Struct, frozen=True):
    """What has been said to every new partition: the time of the last clock, which old partitions have ended a
    backfill, by its id, and the ids of all other records."""

    clock: datetime | None = None
    ended: dict[str, list[int]] = {}
    others: list[str] = []


class Checkpoint(Struct, frozen=True):
    """How far the move `by` had come at `at`. All before `read`, by old partition, is copied; copies of what comes
    after lie behind `written`, by new one. `sealed` old partitions are copied to their end. `told` stands beside
    these in the record."""

    by: str
    at: datetime
    caught_up: bool
    read: dict[int, int]
    written: dict[int, int]
    sealed: list[int]
    told: Told = Told()


def move_record(order: Order, held: Checkpoint) -> Outgoing:
    """How far a move has come."""
    told = Move(
        schema_version=1,
        epoch=order.epoch,
        partitions=order.partitions,
        address=order.address,
        by=held.by,
        at=held.at,
        caught_up=held.caught_up,
        read={str(number): offset for number, offset in held.read.items()},
        written={str(number): offset for number, offset in held.written.items()},
        clock=held.told.clock,
        ended=held.told.ended,
        others=held.told.others,
        sealed=held.sealed,
    )
    return Outgoing(MOVE, told.model_dump_json().encode(), HEADERS)


def read_order(value: bytes) -> Order:
    """What is being moved where. Raises `msgspec.DecodeError`."""
    return _ORDER.decode(value)


async def move_under_way(reader: AIOKafkaConsumer) -> tuple[Order, Checkpoint] | None:
    """The move that a cluster tells of; None if there is none. Takes the reader for itself."""
    found: Any = None
    async for records in clients.read_whole(reader, EPOCHS, 0):
        found = _last(records, found)
    if found is None:
        return None
    return read_order(found), replace(_CHECKPOINT.decode(found), told=_TOLD.decode(found))


def _last(records: Iterable[Any], found: Any) -> Any:
    for record in records:
        if record.key == MOVE:
            found = record.value
    return found


_ORDER = msgspec.json.Decoder(Order)
_CHECKPOINT = msgspec.json.Decoder(Checkpoint)
_TOLD = msgspec.json.Decoder(Told)
