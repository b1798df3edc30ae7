"""Compaction of `declaration-status` when the harness wants it, instead of after a week.

Kafka never compacts the segment that it writes to, so first the segments are made short. Whether it has compacted is
read where Kafka itself keeps it: in the file that says how far its cleaner has come in each partition.
"""

from pathlib import Path

from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
)

from clearance.contracts import topic
from clearance.kafka.names import BASE
from clearance.kafka.policies import policies, tuning

ANSWER_SECONDS = 5.0
BROKER = {"log.cleaner.backoff.ms": "100"}
"""How soon a cleaner that found nothing to do looks again."""
SHORT = {"segment.ms": "100"}
AT_ONCE = {"min.compaction.lag.ms": "0", "min.cleanable.dirty.ratio": "0"}


def set_on_states(bootstrap: str, settings: dict[str, str]) -> None:
    """Alter the topic. Raises `KafkaException`."""
    entries = [
        ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET) for name, value in settings.items()
    ]
    resource = ConfigResource(ConfigResource.Type.TOPIC, BASE.status, incremental_configs=entries)
    client = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    for done in client.incremental_alter_configs([resource], request_timeout=ANSWER_SECONDS).values():
        done.result(ANSWER_SECONDS)


def as_its_card_says() -> dict[str, str]:
    """The settings that the topic was made with."""
    card = topic(BASE.status)
    return policies(card) | tuning(card)


def cleaned(folder: Path) -> dict[int, int]:
    """Up to which offset each partition of the states has been compacted, of the broker that keeps its data there."""
    checkpoint = folder / "data" / "cleaner-offset-checkpoint"
    if not checkpoint.exists():
        return {}
    rows = [line.split() for line in checkpoint.read_text(encoding="ascii").splitlines()]
    return {int(row[1]): int(row[2]) for row in rows if len(row) == 3 and row[0] == BASE.status}
