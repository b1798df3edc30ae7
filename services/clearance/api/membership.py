"""Which declarations a filtered feed is about, at any moment of the log. Pure.

The surprise: no client's past is kept. Whether a declaration was among those wanted is found backwards, from what is
known now and from the events since: each tells the status before it, and which anomaly it opened or closed.
"""

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from clearance.events.anomalies.ledger import Anomaly
from clearance.events.step.outputs import AnomalyClosed, AnomalyOpened, Changed, Event
from clearance.store.rows import Stored


class WantedChanges(Struct, frozen=True):
    """Which declarations the feed is about; None and empty leave nothing out. The office is the one known now.
    `numbers`, written `authority:kind:value`, are those of which a declaration has to carry one."""

    statuses: tuple[str, ...] | None = None
    office: str | None = None
    rules: tuple[str, ...] = ()
    numbers: frozenset[str] | None = None

    @property
    def whole(self) -> bool:
        """Whether nothing is left out."""
        return self == WantedChanges()

    def has(self, row: Stored, moment: "Moment") -> bool:
        """Whether a declaration is among them at a moment of it."""
        return (
            (self.statuses is None or moment.status in self.statuses)
            and (self.office is None or row.office == self.office)
            and (not self.rules or not moment.rules.isdisjoint(self.rules))
            and (self.numbers is None or not moment.numbers.isdisjoint(self.numbers))
        )


class _Looked(Struct, frozen=True):
    anomalies: tuple[Anomaly, ...]
    numbers: tuple[str, ...]


class Moment(Struct, frozen=True):
    """What the filters look at, of one declaration at one moment; the numbers are those of now."""

    status: str
    rules: frozenset[str]
    numbers: frozenset[str] = frozenset()


def now(row: Stored) -> Moment:
    """As the store has it."""
    found = _LOOKED.decode(row.record)
    rules = frozenset(one.rule for one in found.anomalies if one.state == "open")
    return Moment(row.status, rules, frozenset(f"{row.authority}:{number}" for number in found.numbers))


def before(moment: Moment, events: Iterable[Event]) -> Moment:
    """As it was before these events, given in their order, of which the moment is the outcome."""
    status, rules = moment.status, set(moment.rules)
    for event in reversed([*events]):
        match event.data:
            case Changed(before=old):
                status = old
            case AnomalyOpened(anomaly=one):
                rules.discard(one.rule)
            case AnomalyClosed(anomaly=one):
                rules.add(one.rule)
    return Moment(status, frozenset(rules), moment.numbers)


_LOOKED = msgspec.json.Decoder(_Looked)
