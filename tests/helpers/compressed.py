"""Records as a producer of somebody else's sends them: compressed, by librdkafka."""

from confluent_kafka import Producer

from clearance.kafka.wire import Outgoing

CODECS = ("gzip", "lz4", "snappy", "zstd")
"""All that Kafka knows."""


def put_compressed(bootstrap: str, codec: str, topic: str, partition: int, *given: Outgoing) -> None:
    """Write records of one partition in one batch; librdkafka compresses only what becomes smaller by it."""
    producer = Producer({"bootstrap.servers": bootstrap, "compression.type": codec, "linger.ms": 50})
    for record in given:
        headers: list[tuple[str, str | bytes | None]] = [*record.headers]
        producer.produce(topic, record.value, record.key, partition, headers=headers)
    assert producer.flush(20) == 0
