"""Which epoch is answered from: what of one is behind, a switch to it, the way back, and its end.

A switch is prepared, so that whoever asks for it can be shown what is behind, and then made.
"""

import asyncio
from dataclasses import dataclass

from aiokafka.errors import KafkaError

from clearance.kafka import clients, epochs
from clearance.kafka.admin import Admin
from clearance.kafka.epochs import Current
from clearance.kafka.errors import BrokerError
from clearance.kafka.names import EPOCHS, Names
from clearance.kafka.progress_reading import AT_WORK, progress_of
from clearance.kafka.ready import require_topics
from clearance.operations.errors import NotCaughtUp, OperationRefused
from clearance.operations.readers import reading
from clearance.rebuild.readiness import what_is_behind, what_is_stale
from clearance.settings.clock import utc_now
from clearance.store.connect import open_store
from clearance.store.errors import StoreError


@dataclass(frozen=True)
class Switch:
    """A switch that is prepared: from which epoch to which, and what of that is behind, one line each."""

    address: str
    to: int
    current: Current
    behind: list[str]

    @property
    def is_made(self) -> bool:
        """Whether this epoch is answered from already."""
        return self.to == self.current.epoch

    async def make(self, *, force: bool) -> None:
        """Let all readers answer from it. Raises `NotCaughtUp` if it is behind and not forced, and `BrokerError`."""
        if self.behind and not force:
            raise NotCaughtUp(
                f"not switched: epoch {self.to} has not caught up; epoch {self.current.epoch} is answered from"
            )
        await _write(self.address, self.to, self.current)


@dataclass(frozen=True)
class Retirement:
    """The end of an epoch, prepared: its topics, and whether the way back leads to it."""

    address: str
    names: Names
    is_way_back: bool

    def make(self) -> None:
        """Delete its topics with all that they hold. Raises `BrokerError`."""
        Admin(self.address).delete(self.names.cards())


async def prepare_switch(address: str, epoch: int, database_url: str) -> Switch:
    """A switch to this epoch. Raises `BrokerError` if its topics are not there."""
    current = await current_epoch(address)
    if current.epoch == epoch:
        return Switch(address, epoch, current, [])
    names = current.names(epoch)
    await asyncio.to_thread(require_topics, address, names)
    return Switch(address, epoch, current, await behind(address, names, database_url))


async def prepare_way_back(address: str, database_url: str) -> Switch:
    """A switch to the epoch before the last one. Raises `OperationRefused` if there is none."""
    current = await current_epoch(address)
    if current.before is None:
        raise OperationRefused(f"there was no switch yet: epoch {current.epoch} is answered from")
    names = current.names(current.before)
    await asyncio.to_thread(require_topics, address, names)
    return Switch(address, current.before, current, await behind(address, names, database_url))


async def prepare_retirement(address: str, epoch: int) -> Retirement:
    """The end of an epoch that is no base log. Raises `OperationRefused` while it is answered from or its tracker is at
    work."""
    current = await current_epoch(address)
    if current.epoch == epoch:
        raise OperationRefused(f"epoch {epoch} is answered from: switch to another one first")
    names = await asyncio.to_thread(_names_of, address, current, epoch)
    if await _is_at_work(address, names):
        raise OperationRefused(f"a tracker is at work on epoch {epoch}: stop it, its projector and its feeder first")
    return Retirement(address, names, is_way_back=current.before == epoch)


def _names_of(address: str, current: Current, epoch: int) -> Names:
    """The topics of an epoch that is to go, also of one whose log was moved."""
    if epoch == current.base.epoch:
        raise OperationRefused(f"the inputs of epoch {epoch} are the history itself: it cannot be retired")
    inputs = Admin(address).metadata().topics.get(Names.of(epoch).inputs)
    if inputs is None:
        raise OperationRefused(f"there is no epoch {epoch}")
    if epoch > current.base.epoch:
        require_topics(address, names := current.names(epoch))
        return names
    return Names.of(epoch, current.base._replace(partitions=len(inputs.partitions)))


async def current_epoch(address: str) -> Current:
    """The present one. Raises `BrokerError`, of which `EpochOver` is one."""
    async with reading(address) as reader:
        return await epochs.current(reader)


async def behind(address: str, names: Names, database_url: str) -> list[str]:
    """What of an epoch is not up to date, one line each, with what to do; empty if it may be answered from."""
    async with reading(address) as reader:
        in_topics = await what_is_behind(reader, names, utc_now())
    stale = await asyncio.to_thread(_stale, names, database_url)
    return [*in_topics, *(f"{line}: `clearance projector --epoch {names.epoch}` fills it" for line in stale)]


def _stale(names: Names, database_url: str) -> list[str]:
    engine = open_store(database_url, names.epoch)
    try:
        return [*what_is_stale(engine, names.base.partitions, utc_now())]
    except StoreError as error:
        return [str(error)]
    finally:
        engine.dispose()


async def _is_at_work(address: str, names: Names) -> bool:
    async with reading(address) as reader:
        known = [await progress_of(reader, names, partition) for partition in names.numbers]
    return any(progress is not None and utc_now() - progress.wall_time < AT_WORK for progress in known)


async def _write(address: str, to: int, before: Current) -> None:
    producer = clients.new_producer(address)
    try:
        await producer.start()
        await epochs.switch(producer, to, before, utc_now())
    except KafkaError as error:
        raise BrokerError(f"{EPOCHS} was not written: {error}") from error
    finally:
        await producer.stop()
