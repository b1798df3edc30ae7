"""Batches of records that cannot be read: torn on a disk, compressed by a codec that nobody knows, written by a liar.

aiokafka raises whatever its codec raises, of everything that a fetch gave, and without saying where. Here it gives what
lies before such a batch first, and then raises one error that names the place. It is set in aiokafka itself, once, when
`clients` is imported: whoever reads gets the same. aiokafka is pinned to the minor version that this was written for.
"""

from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.errors import KafkaError


class UnreadableBatch(KafkaError):  # type: ignore[misc] # aiokafka ships no types
    """From `offset` on a partition cannot be read; its cause says why."""

    def __init__(self, topic: str, partition: int, offset: int, cause: BaseException) -> None:
        self.topic, self.partition, self.offset, self.cause = topic, partition, offset, cause
        super().__init__(f"{topic}:{partition}:{offset} begins a batch of records that cannot be read: {cause!r}")


class Records(fetcher.PartitionRecords):  # type: ignore[misc] # aiokafka ships no types
    """What a fetch gave of one partition."""

    def _unpack_records(self) -> Any:
        given = False
        try:
            for record in super()._unpack_records():
                given = True
                yield record
        except Exception as error:
            if not given:  # else it is fetched again, from there on
                topic, partition = self._tp
                raise UnreadableBatch(topic, partition, self.next_fetch_offset, error) from error


def name_unreadable_batches() -> None:
    """Let aiokafka raise `UnreadableBatch`."""
    fetcher.PartitionRecords = Records
