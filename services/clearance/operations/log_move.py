"""A move of the base log, seen and ended by an operator: what is under way, its end, and giving it up."""

import asyncio
from dataclasses import dataclass

from clearance.kafka import clients, epochs
from clearance.kafka.admin import Admin
from clearance.kafka.errors import BrokerError
from clearance.kafka.move_records import OVER, Checkpoint, Order, move_under_way
from clearance.kafka.names import EPOCHS, Names
from clearance.operations.epoch_switch import behind
from clearance.operations.errors import NotCaughtUp, OperationRefused
from clearance.operations.readers import reading
from clearance.rebuild.last_checkpoint import AT_WORK, is_at_work
from clearance.rebuild.sealing import is_closed, seal
from clearance.settings.clock import monotonic

END_SECONDS = 120.0
"""How long the last copies may take, behind the seals."""
LOOK_SECONDS = 0.2


async def move_of(address: str) -> "UnderWay":
    """The move of which a cluster tells. Raises `OperationRefused` if there is none, and `BrokerError`."""
    async with reading(address) as reader:
        current = (await epochs.current(reader)).names()
        found = await move_under_way(reader)
    if found is None:
        raise OperationRefused(f"no move is under way: the base log is {current.log}")
    return UnderWay(address, current, *found)


@dataclass(frozen=True)
class UnderWay:
    """A move as the cluster at `address` tells of it, from the base log of the epoch that is answered from."""

    address: str
    current: Names
    order: Order
    held: Checkpoint

    @property
    def new(self) -> Names:
        """The topics of the new log."""
        return Names.of(self.order.epoch, self.order.log)

    @property
    def new_address(self) -> str:
        """The cluster on which they lie."""
        return self.order.address or self.address

    @property
    def is_at_work(self) -> bool:
        """Whether its process copies."""
        return is_at_work(self.held)

    async def behind(self, database_url: str) -> list[str]:
        """What is not up to date, one line each, with what to do; empty if it may be ended."""
        return self.not_copied() or await behind(self.new_address, self.new, database_url)

    def not_copied(self) -> list[str]:
        """Why the log must not be sealed: its end would not be copied, and nothing be taken for as long."""
        again = f"`clearance move start --epoch {self.order.epoch} …` copies it"
        if not self.is_at_work:
            return [f"nothing copies, as of {self.held.at}: {again}"]
        if not self.held.caught_up:
            with_it = f"`clearance tracker --epoch {self.order.epoch}` at {self.new_address}"
            return [f"the log is not copied yet: {again}, no faster than {with_it} folds"]
        return []

    async def finish(self, database_url: str, *, force: bool) -> float:
        """Seal the old log and wait until the new one is the base log; how long nothing was taken [s]. Raises
        `NotCaughtUp` if the copies are behind, or anything else and it is not forced; and `BrokerError`."""
        if lines := self.not_copied() if force else await self.behind(database_url):
            raise NotCaughtUp("; ".join(lines))
        begun = monotonic()
        await seal(self.address, self.current.of_base)
        while (await epochs.ask(self.address)).base != self.order.log:
            if monotonic() - begun > END_SECONDS:
                raise BrokerError(
                    f"{self.current.log} is sealed, and its end is not copied within {END_SECONDS:.0f} s: start "
                    f"`clearance move start --epoch {self.order.epoch} …` again; until it ends nothing is taken"
                )
            await asyncio.sleep(LOOK_SECONDS)
        return monotonic() - begun

    async def abandon(self) -> None:
        """Give it up, and delete the topics of the new log. Raises `OperationRefused` while it copies and behind the
        seals, and `BrokerError`."""
        if self.is_at_work:
            raise OperationRefused(
                f"it is at work: stop `clearance move start` first, and wait for {AT_WORK.seconds} s"
            )
        base = self.current.of_base
        if self.held.sealed or await is_closed(self.address, base):
            raise OperationRefused(f"{base.inputs} is sealed already: `clearance move start …` again ends the move")
        await asyncio.to_thread(self._delete_topics)
        for address in dict.fromkeys((self.new_address, self.address)):
            async with clients.new_producer(address) as producer:
                await clients.write(producer, EPOCHS, 0, [OVER])

    def _delete_topics(self) -> None:
        admin = Admin(self.new_address)
        there = admin.metadata().topics
        if ours := [name for name in self.new.cards() if name != EPOCHS and name in there]:
            admin.delete(ours)
