"""A stage as a Faust app: one agent on its inputs, two timers, three signals. What they do is in `worker`."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from functools import partial
from typing import Any, Generic, NamedTuple

from faust.types import TP

from clearance.kafka import clients
from clearance.stages.batching import new_app
from clearance.stages.fencing import NameTaken
from clearance.stages.pulse import Pulse
from clearance.stages.stage import Part, Stage
from clearance.stages.worker import Worker
from clearance.stages.writing import Writer

TICK_SECONDS = 0.5


class Member(NamedTuple):
    """A process as a member of its consumer group: after how long without a heartbeat that gives its partitions to
    another, how many records of a partition it is handed at once, at most. `instance` is a name kept over restarts, or
    empty."""

    bootstrap: str
    session_seconds: float
    batch_records: int
    instance: str


class StageApp(Generic[Part]):
    """A stage in its consumer group; `faust_app` is ready for `faust.Worker`."""

    def __init__(self, stage: Stage[Part], member: Member) -> None:
        self.stage, self.member = stage, member
        self.faust_app = app = new_app(
            stage.group,
            member.bootstrap,
            session_seconds=member.session_seconds,
            batch_records=member.batch_records,
            instance=member.instance,
        )
        of_this_process = copy_context()  # what is said in every line of the log
        app.fenced = partial(of_this_process.run, stage.fail_stop.stop, NameTaken(member.instance))
        self._worker: Worker[Part] | None = None
        self._making = asyncio.Lock()
        self._in_hand: set[asyncio.Task[None]] = set()
        inputs = app.topic(stage.inputs, key_serializer="raw", value_serializer="raw", key_type=bytes, value_type=None)
        app.agent(inputs, name="fold", concurrency=1)(self.fold)
        app.on_partitions_revoked.connect(self.revoked)
        app.on_partitions_assigned.connect(self.assigned)
        app.on_before_shutdown.connect(self.ending)
        app.task(self.tick)
        app.task(self.look_around)

    async def fold(self, stream: Any) -> None:
        """The agent: each event is a batch, folded beside those of other partitions."""
        async for event in stream.noack().events():
            task = asyncio.create_task(self.batch(stream, event))
            self._in_hand.add(task)
            task.add_done_callback(self._in_hand.discard)

    async def batch(self, stream: Any, event: Any) -> None:
        """Fold and write one batch, then acknowledge it."""
        worker = await self.worker()
        await worker.batch(event.message.partition, event.value, partial(stream.ack, event))

    async def revoked(self, *_: Any, **__: Any) -> None:
        """The group is being balanced anew."""
        await (await self.worker()).ownership.lose_all()

    async def assigned(self, *given: Any, **_: Any) -> None:
        """It has been."""
        places: set[TP] = given[1]
        mine = sorted(place.partition for place in places if place.topic == self.stage.inputs)
        (await self.worker()).ownership.gain(mine)

    async def ending(self, *_: Any, **__: Any) -> None:
        """The process was asked to end, and no batch is in hand any more."""
        ownership = (await self.worker()).ownership
        await ownership.tell_all(ownership.owned)

    async def tick(self) -> None:
        """What is done twice a second."""
        await self._again_and_again(Worker.tick)

    async def look_around(self) -> None:
        """What is read twice a second, which may take longer and holds no tick up."""
        await self._again_and_again(Worker.look_around)

    async def _again_and_again(self, what: Callable[[Worker[Part]], Awaitable[None]]) -> None:
        while not self.faust_app.should_stop:
            await what(await self.worker())
            await self.faust_app.sleep(TICK_SECONDS)

    async def worker(self) -> Worker[Part]:
        """Made when the event loop runs; the first to ask makes it."""
        async with self._making:
            if self._worker is None:
                producer = clients.new_producer(self.member.bootstrap)
                await producer.start()
                writer = Writer(producer, Pulse(self.member.session_seconds))
                await self.stage.begin(self.faust_app, writer)
                self._worker = Worker(self.stage, self.faust_app, writer)
                self._in_hand.update(self._worker.beside())
            return self._worker
