"""A plain Faust agent with a Table and `topic.send`: `plain_faust.py BOOTSTRAP FOLDER [tuned]`.

One event at a time, a status record for each input that changes its declaration, and the Table's own changelog beside
it, whose value is the same bytes, encoded once. An event is acknowledged, in order, when all of its outputs are; the
agent does not wait for that. It fires no deadline and sets nothing aside.

`SETTINGS` are those which Faust offers and its users advise for speed. `tuned` adds what no setting of Faust's gives:
uvloop, the garbage collector set as the tracker sets it, a producer buffer of 10,000 sends instead of 100, and states
that are remembered beside the Table, which holds bytes, so that none is decoded again.
"""

import asyncio
import gc
import sys
from tempfile import mkdtemp
from typing import Any

import faust
import mode.loop

from clearance.events.log.input_records import InputRecord, input_record, read_input
from clearance.events.log.inputs import BackfillEnd, Clock
from clearance.events.step.declaration import Declaration
from clearance.events.step.state_records import decode_state
from clearance.events.step.step import step
from clearance.kafka.names import BASE
from clearance.kafka.wire import Outgoing, event_record, outgoing_input, status_record
from clearance.settings.tables import default_tables

NAME, PARTITIONS = "bench-plain-faust", 12
UNACKNOWLEDGED = 10_000
TABLES = default_tables()


SETTINGS: dict[str, Any] = {
    "store": "memory://",
    "key_serializer": "raw",
    "value_serializer": "raw",
    "cython_optimizations": True,
    "consumer_auto_offset_reset": "earliest",
    "web_enabled": False,
    "topic_allow_declare": False,
    "topic_disable_leader": True,
    "table_standby_replicas": 0,
    "stream_wait_empty": True,
    "stream_buffer_maxsize": 16384,
    "agent_supervisor": "mode.CrashingSupervisor",
    "broker_commit_interval": 1.0,
    "broker_commit_every": 5000,
    "broker_max_poll_records": 2000,
    "broker_max_poll_interval": 1e7,
    "producer_linger": 0.005,
    "producer_max_batch_size": 128 * 1024,
    "producer_max_request_size": 2 * 1024 * 1024,
}


class Fold:
    """The topics, the Table, and what one message gives."""

    def __init__(self, app: faust.App, tuned: bool) -> None:
        self.inputs, self.events, self.status = (_topic(app, name) for name in (BASE.inputs, BASE.events, BASE.status))
        self.states: Any = app.Table("states", partitions=PARTITIONS, key_type=bytes, value_type=bytes)
        self.remembered: dict[bytes, Declaration] | None = {} if tuned else None

    async def take(self, message: Any) -> list[Any]:
        """The sends of all outputs, as futures."""
        record = InputRecord(
            (message.key or b"").decode(),
            message.value,
            tuple(message.headers),
            message.offset,
            int(message.timestamp * 1000),
        )
        given = read_input(record, default_tables())
        if isinstance(given, Clock | BackfillEnd):
            return []
        taken = step(self.state(message.key), given, TABLES)
        sent = [await send(self.events, event_record(one), message.partition) for one in taken.events]
        for one in taken.sends:
            sent.append(await send(self.inputs, outgoing_input(input_record(one.to, one.input))))  # noqa: PERF401
        if taken.outcome == "applied":
            told = status_record(taken.declaration, TABLES)
            self.states[message.key] = told.value
            if self.remembered is not None:
                self.remembered[message.key] = taken.declaration
            sent.append(await send(self.status, told, message.partition))
        return sent

    def state(self, key: bytes) -> Declaration:
        if self.remembered and key in self.remembered:
            return self.remembered[key]
        held = self.states.get(key)
        return decode_state(held, TABLES) if held else Declaration(key.decode())


def create_app(bootstrap: str, folder: str, tuned: bool) -> faust.App:
    loop, datadir = asyncio.get_event_loop(), mkdtemp(dir=folder)
    app = faust.App(NAME, broker=f"kafka://{bootstrap}", loop=loop, datadir=datadir, **SETTINGS)
    fold, written = Fold(app, tuned), asyncio.Queue[tuple[Any, Any, list[Any]]](UNACKNOWLEDGED)

    @app.agent(fold.inputs, concurrency=1)
    async def take(stream: Any) -> None:
        async for event in stream.noack().events():
            await written.put((stream, event, await fold.take(event.message)))

    @app.task  # type: ignore[untyped-decorator] # Faust does not say its type
    async def acknowledge() -> None:
        while not app.should_stop:
            stream, event, sent = await written.get()
            for future in sent:
                await future
            await stream.ack(event)

    return app


def _topic(app: faust.App, name: str) -> Any:
    return app.topic(name, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")


async def send(topic: Any, record: Outgoing, partition: int | None = None) -> Any:
    return await topic.send(key=record.key, value=record.value, partition=partition, headers=record.headers)


def main(bootstrap: str, folder: str, how: str = "") -> None:
    tuned = how == "tuned"
    if tuned:
        gc.set_threshold(20_000, 20, 100)
        mode.loop.use("uvloop")
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    app = create_app(bootstrap, folder, tuned)
    if tuned:
        app.producer.buffer.max_messages = 10_000
    faust.Worker(app, loop=loop, loglevel="WARNING").execute_from_commandline()


if __name__ == "__main__":
    main(*sys.argv[1:])
