"""The end of a base log: it takes nothing any more, and a seal ends each partition.

The surprise: the broker itself keeps late writers out, by a limit on the size of a record below which only a seal is.
That every partition keeps to the limit is tried, before it is sealed: brokers learn of a setting one after the other.
"""

import asyncio

from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError

from clearance.kafka import clients
from clearance.kafka.admin import Admin
from clearance.kafka.names import Names
from clearance.kafka.policies import LIMIT, SEALED_BYTES
from clearance.kafka.topics import is_embedded
from clearance.kafka.wire import SEAL, Outgoing

TRIAL = Outgoing(None, b"is this log open?" * 20, SEAL.headers)
WAIT_SECONDS = 0.05


async def seal(address: str, names: Names) -> None:
    """Seal the base log, and let nobody write beside it any more. May be repeated. Raises `BrokerError` and
    `KafkaError`."""
    admin = Admin(address)
    if not is_embedded((await asyncio.to_thread(admin.metadata)).cluster_id or ""):  # whose topics know no settings
        await asyncio.to_thread(admin.change, [names.inputs, names.dead_letters], LIMIT, str(SEALED_BYTES))
        async with clients.new_producer(address, compression_type=None, enable_idempotence=False) as trying:
            await asyncio.gather(*(_refused(trying, names.inputs, number) for number in names.numbers))
    async with clients.new_producer(address, compression_type=None) as producer:
        for number in names.numbers:
            await clients.write(producer, names.inputs, number, [SEAL])


async def _refused(producer: AIOKafkaProducer, topic: str, number: int) -> None:
    while True:
        try:
            await clients.write(producer, topic, number, [TRIAL])
        except MessageSizeTooLargeError:
            return
        await asyncio.sleep(WAIT_SECONDS)


async def is_closed(address: str, names: Names) -> bool:
    """Whether the log takes nothing any more. Raises `BrokerError`."""
    admin = Admin(address)
    if is_embedded((await asyncio.to_thread(admin.metadata)).cluster_id or ""):
        return False
    return (await asyncio.to_thread(admin.settings, [names.inputs]))[names.inputs][LIMIT] == str(SEALED_BYTES)
