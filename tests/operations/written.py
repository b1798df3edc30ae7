"""What operations find on a broker: a message, and records written where a test wants them."""

import asyncio
from datetime import UTC, datetime

from tests.edge.log import DECLARATION, RECEIVED

from clearance.events.log.input_records import message_record
from clearance.events.log.progress import Progress
from clearance.kafka.clients import new_producer, partition_of, write
from clearance.kafka.wire import Outgoing, progress_record
from clearance.settings.clock import utc_now

AT = datetime(2026, 3, 2, 1, 0, 2, tzinfo=UTC)
PARTITION = partition_of(DECLARATION.encode(), 12)
MESSAGE = message_record(DECLARATION, RECEIVED, received_at=AT, organisation="acme")


def put(bootstrap: str, topic: str, partition: int, *given: Outgoing) -> None:
    async def work() -> None:
        producer = new_producer(bootstrap)
        await producer.start()
        await write(producer, topic, partition, given)
        await producer.stop()

    asyncio.run(work())


def progress(position: int) -> Outgoing:
    return progress_record(
        Progress(
            epoch=0,
            partition=PARTITION,
            position=position,
            stream_time=None,
            wall_time=utc_now(),
            ended_backfills=(),
            counts=(),
            cluster_id="c",
            topic_id="t",
            step_version="1",
            tables_version="v",
        )
    )
