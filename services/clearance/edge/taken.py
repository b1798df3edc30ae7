"""What the edge says of each arrival."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from clearance.edge.letters import TooLarge
from clearance.events.partition.replay import Arrival
from clearance.kafka.names import BASE

Result = Literal["appended", "refused", "unreadable"]
"""Refused: it is a dead letter. Unreadable: there were no bytes to keep."""


class Place(NamedTuple):
    """Where a record lies in `declaration-inputs`."""

    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{BASE.inputs}:{self.partition}:{self.offset}"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an arrival: where its records lie, or why it was refused."""

    arrival: Arrival | TooLarge
    result: Result
    appended: tuple[Place, ...] = ()
    reason: str = ""

    @property
    def name(self) -> str:
        """The name of what arrived, for people."""
        return self.arrival.name if isinstance(self.arrival, Arrival) else self.arrival.beginning.name
