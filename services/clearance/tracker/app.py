"""The Faust app: one agent on `declaration-inputs`, two timers, two signals. What they do is in `worker`."""

import asyncio
from functools import partial
from typing import Any

from faust.types import TP

from clearance.events.tables.tables import Tables
from clearance.kafka import clients
from clearance.kafka.names import Names
from clearance.kafka.topics import Identity
from clearance.metrics import Board
from clearance.settings import Settings
from clearance.stages.batching import App, new_app
from clearance.stages.pulse import Pulse
from clearance.tracker.counting import Counting
from clearance.tracker.recall import Recall
from clearance.tracker.worker import Worker
from clearance.tracker.writing import Writer

GROUP = "clearance-tracker"
TICK_SECONDS = 0.5


def create_app(settings: Settings, tables: Tables, names: Names, identity: Identity, board: Board) -> App:
    """The tracker, ready for `faust.Worker`."""
    bootstrap = settings.kafka_bootstrap_servers
    app = new_app(
        names.group(GROUP),
        bootstrap,
        session_seconds=settings.tracker_session_seconds,
        batch_records=settings.tracker_batch_records,
        instance=settings.tracker_instance,
    )
    inputs = app.topic(names.inputs, key_serializer="raw", value_serializer="raw", key_type=bytes, value_type=None)
    held: dict[str, Worker] = {}
    making = asyncio.Lock()
    in_hand: set[asyncio.Task[None]] = set()

    async def worker() -> Worker:
        """Made when the event loop runs; the first to ask makes it."""
        async with making:
            if "worker" not in held:
                producer = clients.new_producer(bootstrap)
                await producer.start()
                partitions = await clients.partition_count(producer, names.inputs)
                writer = Writer(producer, Pulse(settings.tracker_session_seconds), partitions)
                recall = Recall(bootstrap, names)
                await recall.start()
                one = Worker(
                    app,
                    writer,
                    Counting(board),
                    bootstrap=bootstrap,
                    tables=tables,
                    identity=identity,
                    names=names,
                    recall=recall,
                    keep_seconds=settings.tracker_keep_closed_seconds,
                )
                in_hand.update(map(asyncio.create_task, (one.live(), one.follow())))
                held["worker"] = one
            return held["worker"]

    @app.agent(inputs, concurrency=1)
    async def fold(stream: Any) -> None:
        async for event in stream.noack().events():
            task = asyncio.create_task(batch(stream, event))
            in_hand.add(task)
            task.add_done_callback(in_hand.discard)

    async def batch(stream: Any, event: Any) -> None:
        await (await worker()).batch(event.message.partition, event.value, partial(stream.ack, event))

    @app.on_partitions_revoked.connect
    async def revoked(*_: Any, **__: Any) -> None:
        await (await worker()).lose_all()

    @app.on_partitions_assigned.connect
    async def assigned(*given: Any, **_: Any) -> None:
        places: set[TP] = given[1]
        (await worker()).gain(sorted(place.partition for place in places if place.topic == names.inputs))

    @app.on_before_shutdown.connect
    async def ending(*_: Any, **__: Any) -> None:
        one = await worker()
        await one.tell_all(one.owned)

    @app.task  # type: ignore[untyped-decorator] # Faust does not say its type
    async def tick() -> None:
        while not app.should_stop:
            await (await worker()).tick()
            await app.sleep(TICK_SECONDS)

    @app.task  # type: ignore[untyped-decorator] # Faust does not say its type
    async def read_lists() -> None:
        while not app.should_stop:
            await (await worker()).read_lists()
            await app.sleep(TICK_SECONDS)

    return app
