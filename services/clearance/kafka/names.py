"""Topics by epoch. Named here and nowhere else; everything else is given the names of the epoch that it works for.

Epoch 0 has the names of the cards, a later one the same names with a suffix. The surprise: what comes in is written to
the inputs of epoch 0 for ever, the base log, whichever epoch is read; a later epoch is fed from there.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from clearance.contracts import topics
from clearance.contracts.cards import Card


@dataclass(frozen=True, slots=True)
class Names:
    """The topics of one epoch."""

    epoch: int
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

    @classmethod
    def of(cls, epoch: int) -> "Names":
        """Epochs count from 0."""
        named = (f"{name}{suffix(epoch)}" for name in OF_AN_EPOCH)
        return cls(epoch, *named)

    def cards(self) -> Mapping[str, Card]:
        """Their cards by name; with epoch 0 come the topics that are for all epochs."""
        if self.epoch == 0:
            return topics()
        renamed = (topics()[name] for name in OF_AN_EPOCH)
        return {one.name: one for one in (card.model_copy(update=self._otherwise(card)) for card in renamed)}

    def relied_on(self) -> Mapping[str, Card]:
        """The cards of every topic that a tracker of this epoch reads or writes: those for all epochs, too."""
        cards = {**self.cards(), **{name: topics()[name] for name in (BASE.inputs, EPOCHS)}}
        return {name: card for name, card in cards.items() if name not in self._analysts}

    def relied_on_by_analyst(self) -> Mapping[str, Card]:
        """The same of an analyst."""
        cards = {**self.cards(), **{name: topics()[name] for name in (BASE.inputs, EPOCHS)}}
        return {name: cards[name] for name in (self.events, *self._analysts, BASE.inputs, EPOCHS)}

    @property
    def _analysts(self) -> tuple[str, ...]:
        return self.parts, self.analyst_states, self.analyst_progress, self.waits, self.incidents, self.lookout

    def group(self, name: str) -> str:
        """A consumer group of this epoch."""
        return f"{name}{suffix(self.epoch)}"

    def _otherwise(self, card: Card) -> dict[str, str | None]:
        return {"name": f"{card.name}{suffix(self.epoch)}", "dlq": card.dlq and f"{card.dlq}{suffix(self.epoch)}"}


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
)
"""In the order of the fields of `Names`."""
EPOCHS = "clearance-epochs"
"""For all epochs: which of them is answered from."""
BASE = Names.of(0)
"""The names of the cards. `BASE.inputs` is the base log."""
