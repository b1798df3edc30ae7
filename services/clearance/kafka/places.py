"""Where a record lies: `topic:partition:offset`, as people write it."""

from typing import NamedTuple


class Place(NamedTuple):
    """Where one record lies."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}:{self.partition}:{self.offset}"
