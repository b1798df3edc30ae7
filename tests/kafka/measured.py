"""The skew of our clock, measured by one record."""

from clearance.kafka import clients
from clearance.kafka.clients import skew_seconds
from clearance.kafka.names import BASE
from clearance.kafka.wire import Outgoing
from clearance.settings.clock import utc_now


async def measured(bootstrap: str) -> float | None:
    """By the acknowledgement of an input."""
    async with clients.new_producer(bootstrap) as producer:
        [handed] = await clients.hand_over(producer, BASE.inputs, 0, [Outgoing(b"k", b"v", [])])
        return skew_seconds(await handed.told, utc_now())
