"""Lives of the simulator, folded to their ends: what was opened and refused, beside what the labels say."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from clearance.events.anomalies.ledger import Anomaly
from clearance.events.partition.replay import Replay
from clearance.events.step.outputs import AnomalyOpened
from clearance.settings.tables import default_tables
from clearance.simulator.life import Label, Life
from clearance.simulator.traffic import Happening

AFTERWARDS = timedelta(days=40)
"""After the last arrival: longer than any duration of the tables."""

Key = tuple[str, str, datetime]
"""Declaration, rule, deadline."""


@dataclass
class Folded:
    """A replay of whole lives, with time passed beyond their ends."""

    lives: list[Life]
    happenings: list[Happening]

    def __post_init__(self) -> None:
        self.replay = Replay(default_tables()).feed(one.arrival for one in self.happenings)
        self.replay.pass_time(self.happenings[-1].arrival.at + AFTERWARDS)

    @property
    def labels(self) -> list[Label]:
        return [label for one in self.happenings for label in one.labels]

    def labelled(self, follows: str) -> set[str]:
        """What the labels that say so are about."""
        return {label.about for label in self.labels if label.follows == follows}

    @cached_property
    def expected(self) -> dict[Key, Label]:
        return {(one.about, one.follows, one.by): one for one in self.labels if one.follows in default_tables().rules}

    @cached_property
    def opened(self) -> dict[Key, Anomaly]:
        """Every anomaly that was opened, also under a number that was an alias at the time; as it was at the end."""
        found: dict[Key, Anomaly] = {}
        for event in self.replay.events:
            if isinstance(event.data, AnomalyOpened):
                key = (event.data.anomaly.rule, event.data.anomaly.deadline)
                primary = self._primary(event.declaration)
                held = [self.replay.partition.states[name].ledger.anomalies for name in (event.declaration, primary)]
                found[primary, *key] = {**held[0], **held[1]}[key]
        return found

    @property
    def declarations(self) -> set[str]:
        """The ids of all filings of the lives."""
        return {life.declaration(filing) for life in self.lives for filing in range(len(life.identities))}

    def _primary(self, name: str) -> str:
        while into := self.replay.partition.states[name].merged_into:
            name = into
        return name
