"""What became of each arrival at the edge: appended to the log, refused as a dead letter, or unreadable."""

from dataclasses import dataclass
from typing import Literal

from clearance.edge.letters import TooLarge
from clearance.events.partition.replay import Arrival
from clearance.kafka.places import Place

ArrivalResult = Literal["appended", "refused", "unreadable"]
"""Refused: it is a dead letter. Unreadable: there were no bytes to keep."""


@dataclass(frozen=True, slots=True)
class TakenArrival:
    """What became of an arrival: where its records lie and for which declarations, or why it was refused."""

    arrival: Arrival | TooLarge
    result: ArrivalResult
    appended: tuple[Place, ...] = ()
    declarations: tuple[str, ...] = ()
    reason: str = ""

    @property
    def name(self) -> str:
        """The name of what arrived, for people."""
        return self.arrival.name if isinstance(self.arrival, Arrival) else self.arrival.beginning.name
