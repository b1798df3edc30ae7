"""Where a move goes on: its last checkpoint, and what was written behind that; or why it may not begin."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from clearance.kafka import clients
from clearance.kafka.move_records import Checkpoint, Order, move_under_way
from clearance.kafka.names import BaseLog, Names
from clearance.rebuild.rehashing import NOTHING, old_place_of
from clearance.settings.clock import utc_now

AT_WORK = timedelta(seconds=10)
"""A move that has told nothing for so long does not run."""
NOT_BEGUN = Checkpoint(
    by="", at=datetime.min.replace(tzinfo=UTC), caught_up=False, read={}, written={}, told=NOTHING, sealed=[]
)


class OtherMove(Exception):
    """Another process moves the same log, or has written where it is to go. The text says what to do."""


class Cluster(NamedTuple):
    """A cluster with the topics of a log on it; nobody else uses reader and producer."""

    names: Names
    reader: AIOKafkaConsumer
    producer: AIOKafkaProducer


async def checkpoint_of(order: Order, old: Cluster, new: Cluster) -> Checkpoint:
    """The last one of a move. Raises `OtherMove` while that, or another one, is at work."""
    found = await move_under_way(new.reader)
    for other in filter(None, (found, await move_under_way(old.reader))):
        _check(order, *other, old.names.inputs)
    if found is None:
        await _check_empty(new)
    return found[1] if found else NOT_BEGUN


def _check(order: Order, known: Order, held: Checkpoint, log: str) -> None:
    if known != order:
        raise OtherMove(unended(known.log, known.address))
    if is_at_work(held):
        raise OtherMove(
            f"{log} is being moved by another process, as of {held.at}: let it end, or stop it and wait for "
            f"{AT_WORK.seconds} s"
        )


def unended(into: BaseLog, address: str = "") -> str:
    """Why nothing else may copy the base log."""
    where = f" at {address}" if address else ""
    return (
        f"a move into epoch {into.epoch} with {into.partitions} partitions{where} was begun and has not ended: go on "
        "with that, or give it up with `clearance move abandon`"
    )


def is_at_work(held: Checkpoint) -> bool:
    """Whether the process of a move copies."""
    return bool(held.by) and held.at > utc_now() - AT_WORK


async def _check_empty(new: Cluster) -> None:
    for number in new.names.numbers:
        _, end = await clients.ends(new.reader, new.names.inputs, number)
        if end:
            raise OtherMove(
                f"{new.names.inputs}:{number} holds records, and no move is known that wrote them: name an epoch that "
                "was not used yet"
            )


async def origins_in(new: Cluster, number: int, stretch: range) -> set[tuple[int, int]]:
    """From where the records of a stretch of a partition were copied."""
    reading = clients.read_stretch(new.reader, new.names.inputs, number, stretch.start, stretch.stop)
    return {origin async for some in reading for one in some if (origin := old_place_of(one.headers))}
