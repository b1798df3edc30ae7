"""The whole state of one declaration: facts, ledger, bookkeeping. Never changed, only replaced."""

from datetime import datetime

from msgspec import Struct, field

from clearance.events.anomalies.ledger import Ledger
from clearance.events.learning.deferral import Deferral
from clearance.events.receipts.facts import EMPTY, Facts
from clearance.events.standing.track import Track


class Declaration(Struct, frozen=True, gc=False):
    """State of one number. `src` is the position of the last input that changed it, `seq` the last event's number.

    `deadline` is the next one to come, computed with `tables`; `deferral` if what was learned may put that off. That
    and `track` are derived and never stored.
    """

    id: str
    facts: Facts = EMPTY
    ledger: Ledger = Ledger()
    track: Track = field(default_factory=Track)
    merged_into: str = ""
    deadline: datetime | None = None
    deferral: Deferral | None = None
    tables: str = ""
    backfill: str = ""
    src: int = -1
    seq: int = 0
    epoch: int = 0

    @property
    def authority(self) -> str:
        return self.id.partition(":")[0]

    @property
    def number(self) -> str:
        """Its own number, `kind:value`."""
        return self.id.partition(":")[2]
