"""Topics by epoch. Named here and nowhere else; everything else is given the names of the epoch that it works for.

Epoch 0 has the names of the cards, a later one the same names with a suffix. The surprise: what comes in is written to
the inputs of one epoch, the base log, whichever epoch is read; a later epoch is fed from there. That is epoch 0, until
the log is moved. An epoch has as many partitions as its base log.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from clearance.contracts import topics
from clearance.contracts.cards import Card


class BaseLog(NamedTuple):
    """The log that what comes in is written to: the inputs of this epoch, of so many partitions."""

    epoch: int
    partitions: int


@dataclass(frozen=True, slots=True)
class Names:
    """The topics of one epoch, and the base log that it is fed from; its own inputs may be that."""

    epoch: int
    base: BaseLog
    inputs: str
    events: str
    status: str
    progress: str
    dead_letters: str
    set_aside: str
    expectations: str
    parts: str
    analyst_states: str
    analyst_progress: str
    waits: str
    incidents: str
    lookout: str
    filings: str

    @classmethod
    def of(cls, epoch: int, base: BaseLog | None = None) -> "Names":
        """Epochs count from 0. The base log is the first one, unless another is named."""
        named = (f"{name}{suffix(epoch)}" for name in OF_AN_EPOCH)
        return cls(epoch, base or FIRST, *named)

    @property
    def of_base(self) -> "Names":
        """Those of the epoch whose inputs are the base log."""
        return Names.of(self.base.epoch, self.base)

    @property
    def log(self) -> str:
        """The base log."""
        return self.of_base.inputs

    @property
    def is_base(self) -> bool:
        """Whether its own inputs are the base log."""
        return self.epoch == self.base.epoch

    @property
    def numbers(self) -> range:
        """Those of the partitions."""
        return range(self.base.partitions)

    def cards(self) -> Mapping[str, Card]:
        """Their cards by name; with those of the base log come the topics that are for all epochs."""
        of_an_epoch = (topics()[name] for name in topics() if name in OF_AN_EPOCH)
        for_all = {name: card for name, card in topics().items() if self.is_base and name not in OF_AN_EPOCH}
        renamed = (card.model_copy(update=self._otherwise(card)) for card in of_an_epoch)
        return {card.name: card for card in renamed} | for_all

    def relied_on(self) -> Mapping[str, Card]:
        """The cards of every topic that a tracker of this epoch reads or writes: those for all epochs, too."""
        return {name: card for name, card in self._known().items() if name not in self.of_analysts}

    def relied_on_by_analyst(self) -> Mapping[str, Card]:
        """The same of an analyst."""
        cards = self._known()
        return {name: cards[name] for name in (self.events, *self.of_analysts, self.log, EPOCHS)}

    def _known(self) -> Mapping[str, Card]:
        others = self.of_base.cards()
        return {**self.cards(), self.log: others[self.log], EPOCHS: others[EPOCHS]}

    @property
    def of_analysts(self) -> tuple[str, ...]:
        """All that analysts keep: whoever folds anew deletes all of it, since some of it counts places in another."""
        states = (self.parts, self.analyst_states, self.analyst_progress)
        return *states, self.waits, self.incidents, self.lookout, self.filings

    def group(self, name: str) -> str:
        """A consumer group of this epoch."""
        return f"{name}{suffix(self.epoch)}"

    def _otherwise(self, card: Card) -> dict[str, str | int | None]:
        end = suffix(self.epoch)
        partitions = 1 if card.key.is_ == "name" else self.base.partitions
        return {"name": f"{card.name}{end}", "dlq": card.dlq and f"{card.dlq}{end}", "partitions": partitions}


def suffix(epoch: int) -> str:
    """What the names of an epoch end in."""
    return f".e{epoch}" if epoch else ""


def epoch_of(topic: str) -> int:
    """The epoch that a topic belongs to, by its name."""
    number = topic.rpartition(".e")[2]
    return int(number) if number.isdecimal() else 0


OF_AN_EPOCH = (
    "declaration-inputs",
    "declaration-events",
    "declaration-status",
    "tracker-progress",
    "declaration-inputs-dlq",
    "inputs-set-aside",
    "tracker-expectations",
    "analyst-parts",
    "analyst-states",
    "analyst-progress",
    "analyst-waits",
    "analyst-incidents",
    "analyst-lookout",
    "analyst-filings",
)
"""In the order of the fields of `Names`."""
EPOCHS = "clearance-epochs"
"""For all epochs: which of them is answered from."""
FIRST = BaseLog(0, topics()["declaration-inputs"].partitions)
"""The base log before any move."""
BASE = Names.of(0)
"""The names of the cards: all that there is before the first rebuild and the first move."""
