"""A bare aiokafka loop: what somebody writes who wants speed. `bare_loop.py BOOTSTRAP GROUP [MOST]`.

getmany of up to MOST records, or of all that was fetched, a dictionary of states, one `send` for each record, flush,
commit. One status record for each declaration that a round has changed. It restores nothing, fires no deadline, sets
nothing aside and tells no progress.
"""

import gc
import sys

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from clearance.events.log.input_records import input_record, read_input
from clearance.events.log.inputs import BackfillEnd, Clock
from clearance.events.step.declaration import Declaration
from clearance.events.step.step import step
from clearance.kafka.clients import new_producer
from clearance.kafka.names import BASE
from clearance.kafka.wire import Outgoing, event_record, incoming_input, outgoing_input, status_record
from clearance.settings.tables import default_tables


async def run(bootstrap: str, group: str, most: str = "") -> None:
    tables, states = default_tables(), dict[str, Declaration]()
    producer = new_producer(bootstrap)
    consumer = AIOKafkaConsumer(
        BASE.inputs,
        bootstrap_servers=bootstrap,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    async with producer, consumer:
        while True:
            changed: dict[str, int] = {}
            fetched = await consumer.getmany(timeout_ms=100, max_records=int(most) if most else None)
            for place, records in fetched.items():
                for record in map(incoming_input, records):
                    given = read_input(record, default_tables())
                    if isinstance(given, Clock | BackfillEnd):
                        continue
                    taken = step(states.get(record.key) or Declaration(record.key), given, tables)
                    for event in taken.events:
                        await send(producer, BASE.events, event_record(event), place.partition)
                    for one in taken.sends:
                        await send(producer, BASE.inputs, outgoing_input(input_record(one.to, one.input)))
                    if taken.outcome == "applied":
                        states[record.key] = taken.declaration
                        changed[record.key] = place.partition
            for key, partition in changed.items():
                await send(producer, BASE.status, status_record(states[key], tables), partition)
            await producer.flush()
            if fetched:
                await consumer.commit()


async def send(producer: AIOKafkaProducer, topic: str, record: Outgoing, partition: int | None = None) -> None:
    await producer.send(topic, record.value, record.key, partition=partition, headers=record.headers)


if __name__ == "__main__":
    gc.set_threshold(20_000, 20, 100)  # as the tracker
    uvloop.run(run(*sys.argv[1:]))
