"""A plain Faust agent with a Table and `topic.send`, tuned: `plain_faust.py BOOTSTRAP FOLDER`.

One event at a time, a status record for each input that changes its declaration, and the Table's own changelog beside
it, whose value is the same bytes, encoded once. An event is acknowledged, in order, when all of its outputs are; the
agent does not wait for that. It fires no deadline and sets nothing aside.
"""

import asyncio
import gc
import sys
from tempfile import mkdtemp
from typing import Any, NamedTuple

import faust
import mode.loop
from faust.serializers import codecs

from clearance.events.input_records import InputRecord, input_record, read_input
from clearance.events.inputs import BackfillEnd, Clock
from clearance.events.records import decode_state
from clearance.events.state import Declaration
from clearance.events.step import step
from clearance.events.tables import default_tables
from clearance.kafka.names import BASE
from clearance.kafka.records import Outgoing, event_record, outgoing_input, status_record

NAME, PARTITIONS = "bench-plain-faust", 12
UNACKNOWLEDGED = 10_000
TABLES = default_tables()


class Held(NamedTuple):
    """What the Table holds: the state, and the bytes that its status record and its changelog record share."""

    state: Declaration
    value: bytes


class AsStatus(codecs.Codec):
    """What the Table holds, in its changelog."""

    def _dumps(self, s: Held) -> bytes:
        return s.value

    def _loads(self, s: bytes) -> Held:
        return Held(decode_state(s, TABLES), s)


def create_app(bootstrap: str, folder: str) -> faust.App:
    app = faust.App(
        NAME,
        broker=f"kafka://{bootstrap}",
        store="memory://",
        loop=asyncio.get_event_loop(),
        datadir=mkdtemp(dir=folder),
        key_serializer="raw",
        value_serializer="raw",
        cython_optimizations=True,
        consumer_auto_offset_reset="earliest",
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        table_standby_replicas=0,
        stream_wait_empty=True,
        stream_buffer_maxsize=16384,
        agent_supervisor="mode.CrashingSupervisor",
        broker_commit_interval=1.0,
        broker_commit_every=5000,
        broker_max_poll_records=2000,
        broker_max_poll_interval=1e6,
        producer_linger=0.005,
        producer_max_batch_size=128 * 1024,
        producer_max_request_size=2 * 1024 * 1024,
    )
    app.producer.buffer.max_messages = 10_000  # else sends wait for each other
    states: Any = app.Table("states", partitions=PARTITIONS, key_type=bytes, value_type=None)
    states.value_serializer = AsStatus()
    inputs, events, status = (_topic(app, name) for name in (BASE.inputs, BASE.events, BASE.status))
    written: asyncio.Queue[tuple[Any, Any, list[Any]]] = asyncio.Queue(UNACKNOWLEDGED)

    @app.agent(inputs, concurrency=1)
    async def fold(stream: Any) -> None:
        async for event in stream.noack().events():
            message, sent = event.message, []
            record = InputRecord(
                (message.key or b"").decode(), message.value, tuple(message.headers), message.offset,
                int(message.timestamp * 1000),
            )  # fmt: skip
            given = read_input(record)
            if not isinstance(given, Clock | BackfillEnd):
                held = states.get(message.key)
                taken = step(held.state if held else Declaration(record.key), given, TABLES)
                sent += [await send(events, event_record(one), message.partition) for one in taken.events]
                further = [outgoing_input(input_record(one.to, one.input)) for one in taken.sends]
                sent += [await send(inputs, one) for one in further]
                if taken.outcome == "applied":
                    told = status_record(taken.declaration, TABLES)
                    states[message.key] = Held(taken.declaration, told.value or b"")
                    sent.append(await send(status, told, message.partition))
            await written.put((stream, event, sent))

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


if __name__ == "__main__":
    gc.set_threshold(20_000, 20, 100)  # as the tracker
    mode.loop.use("uvloop")
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    faust.Worker(create_app(*sys.argv[1:]), loop=loop, loglevel="WARNING").execute_from_commandline()
