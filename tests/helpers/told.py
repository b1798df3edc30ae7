"""A replay of the messages of one declaration up to a time, and what it then knows of it."""

from datetime import timedelta
from pathlib import Path

from tests.helpers.arrivals import MONDAY

from clearance.events.anomalies.ledger import Anomaly
from clearance.events.partition.replay import Arrival, Replay
from clearance.events.standing.timeline import Entry
from clearance.events.standing.view import View
from clearance.settings.tables import tables_with


class Told(Replay):
    """A replay that stops at a time, and what it knows of its one declaration."""

    def __init__(self, *arrivals: Arrival, until: timedelta | None = None, durations: Path | None = None) -> None:
        super().__init__(tables_with(durations))
        self.feed(sorted(arrivals, key=lambda arrival: arrival.at))
        if until is not None:
            self.pass_time(MONDAY + until)
        assert self.refused == []

    @property
    def id(self) -> str:
        [name] = self.declarations
        return name

    @property
    def view(self) -> View:
        return self.views[self.id]

    @property
    def last(self) -> Entry:
        """The last line of the timeline."""
        return self.view.timeline[-1]

    @property
    def anomalies(self) -> list[Anomaly]:
        """All that were opened, in the order of their deadlines."""
        found = self.declarations[self.id].ledger.anomalies.values()
        return sorted(found, key=lambda anomaly: (anomaly.deadline, anomaly.rule))

    def of(self, rule: str) -> list[tuple[timedelta, str, str]]:
        """When each level of a rule opened, how severe it is, and what became of it."""
        return [(one.deadline - MONDAY, one.severity, one.state) for one in self.anomalies if one.rule == rule]
