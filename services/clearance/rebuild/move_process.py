"""A move as a process: makes the topics of the new log, copies until a signal or until the old one is sealed, and then
tells everybody where the base log lies."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from clearance.kafka import clients, epochs
from clearance.kafka.admin import Admin
from clearance.kafka.epochs import Current, EpochOver
from clearance.kafka.errors import BrokerError, NoBroker
from clearance.kafka.move_records import OVER, Order
from clearance.kafka.names import EPOCHS, Names, epoch_of
from clearance.kafka.ready import find_log
from clearance.kafka.topics import ensure, identify
from clearance.rebuild.archived import Archived
from clearance.rebuild.edge_letters import move_edge_letters
from clearance.rebuild.last_checkpoint import Cluster, OtherMove, unended
from clearance.rebuild.moving import Mover
from clearance.rebuild.pace import TrackerPace
from clearance.rebuild.process import Telling, stopped_by_signals
from clearance.rebuild.set_aside_marks import Aside
from clearance.settings import Settings, needs_broker
from clearance.settings.clock import utc_now
from clearance.settings.waiting import wait_for

log = structlog.get_logger()


class MoveRefused(BrokerError):
    """A move that cannot be begun; the text says why, and what to do."""


async def move(settings: Settings, order: Order, telling: Telling) -> bool:
    """Move the base log as ordered; whether that came to its end. Raises `BrokerError` and `NewerVersion`."""
    bootstrap = needs_broker(settings)
    # nothing else runs yet
    current = wait_for(
        "broker", partial(find_log, bootstrap), NoBroker, settings.start_wait_seconds
    )  # nothing else runs
    address, new = order.address or bootstrap, Names.of(order.epoch, order.log)
    if current.base == order.log:
        await _tell_end((bootstrap, address))
        return True
    _check(order, current, bootstrap)
    await asyncio.to_thread(_make_topics, address, new, settings.kafka_replication_factor)
    try:
        async with _mover(settings, order, current.names(), (bootstrap, address)) as mover:
            await mover.begin()
            log.info("moving", into=new.inputs, partitions=order.partitions, caught_up=mover.caught_up)
            with telling(mover.caught_up) as tell:
                if not await mover.run(stopped_by_signals(), tell):
                    await mover.tell(by="")
                    return False
            await _end(mover)
            return True
    except OtherMove as error:
        raise MoveRefused(str(error)) from error
    except KafkaError as error:
        raise BrokerError(f"{new.inputs} is not copied any further: {error}; start it again") from error


def _check(order: Order, current: Current, bootstrap: str) -> None:
    """Raises `MoveRefused` and `EpochOver`."""
    if current.address:
        raise EpochOver(f"the log was moved to the cluster at {current.address}: name that")
    if order.epoch <= max(current.epoch, current.base.epoch):
        raise MoveRefused(f"epoch {order.epoch} was used: name one above {max(current.epoch, current.base.epoch)}")
    if current.moving not in (None, order.log):
        raise MoveRefused(unended(current.moving))
    inputs = current.names().inputs.partition(".e")[0]
    there = {epoch_of(name) for name in Admin(bootstrap).metadata().topics if name.partition(".e")[0] == inputs}
    known = {current.epoch, current.base.epoch, order.epoch}
    if others := {epoch for epoch in there - known if epoch > current.base.epoch}:
        raise MoveRefused(
            f"epoch {min(others)} is fed from the log that is to be moved: `clearance epoch retire {min(others)}` first"
        )


def _make_topics(address: str, new: Names, replication_factor: int) -> None:
    report = ensure(address, new.cards(), replication_factor=replication_factor, create=True)
    for topic in report.topics:
        if topic.problems:
            raise BrokerError(f"topic {topic.name} {topic.problems[0]}")


@asynccontextmanager
async def _mover(settings: Settings, order: Order, current: Names, addresses: tuple[str, str]) -> AsyncIterator[Mover]:
    async with AsyncExitStack() as stack:
        (old, beside, new, told), (writer, producer) = (
            [await stack.enter_async_context(clients.new_reader(addresses[end])) for end in (0, 0, 1, 1)],
            [await stack.enter_async_context(clients.new_producer(address)) for address in addresses],
        )
        base, names = current.of_base, Names.of(order.epoch, order.log)
        yield Mover(
            order,
            Cluster(base, old, writer),
            Cluster(names, new, producer),
            pace=TrackerPace(told, names),
            aside=Aside(beside, current),
            archived=await _archived(settings, beside, base),
        )


async def _archived(settings: Settings, looking: AIOKafkaConsumer, base: Names) -> Archived:
    """Raises `MoveRefused` if some of history is nowhere."""
    if settings.archive_folder:
        inputs = {base.inputs: base.cards()[base.inputs]}
        identity = await asyncio.to_thread(identify, needs_broker(settings), inputs)
        return await Archived.open(looking, Path(settings.archive_folder), identity, base)
    for number in base.numbers:
        first, _ = await clients.ends(looking, base.inputs, number)
        if first:
            raise MoveRefused(
                f"{base.inputs}:{number} begins at {first}: what lay before would be lost. Name its archive "
                "(CLEARANCE_ARCHIVE_FOLDER)"
            )
    return Archived({})


async def _end(mover: Mover) -> None:
    """Whoever is killed in between is followed by one that tells it all again."""
    letters = await move_edge_letters(mover.old, mover.new)
    order, now = mover.order, utc_now()
    await epochs.switch_base(mover.new.producer, order, now)
    await epochs.switch_base(mover.old.producer, order, now, order.address)
    for cluster in (mover.old, mover.new):
        await clients.write(cluster.producer, EPOCHS, 0, [OVER])
    log.info("moved", into=mover.new.names.inputs, dead_letters=letters)


async def _tell_end(addresses: tuple[str, str]) -> None:
    """Of a move that was killed behind its last word."""
    for address in addresses:
        async with clients.new_producer(address) as producer:
            await clients.write(producer, EPOCHS, 0, [OVER])
