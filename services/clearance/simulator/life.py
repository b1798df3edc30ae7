"""The life of one cargo, as planned: whose goods, which numbers, every message with its times, what must follow."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from clearance.events.standing.statements import Plan
from clearance.simulator.identities import FilingNumbers
from clearance.simulator.sections import Authority, Broker, Connection, Direction, Goods, Mode, Office, Trader
from clearance.simulator.words import Word

Handling = Literal["", "again", "enveloped", "truncated", "unclosed", "foreign", "mis-encoded", "emptied"]
"""What was done to a message: nothing, the same bytes once more, once more in an envelope of its own, or mangled."""

TroubleKind = Literal["stuck", "rejected", "duplicate", "refiled", "cut_off_missed"]


class Cargo(Struct, frozen=True):
    """What is declared, and through whose connection; the same for all filings of a life."""

    number: int
    authority: Authority
    organisation: str
    connection: Connection
    credit: str
    direction: Direction
    mode: Mode
    vessel: str = ""
    voyage: str = ""
    namespaced: bool = False


class Consignment(Cargo, frozen=True, kw_only=True):
    """What Chinese messages say of it besides. Weights in kg."""

    office: Office
    broker: Broker
    trader: Trader
    owner: Trader
    goods: Goods
    packages: int
    net_kg: float
    gross_kg: float


class Post(Struct, frozen=True):
    """One message of a life, not yet written.

    `occurred_at` is when it happened, in whole seconds; `received_at` when it reaches us. `filing` says which of the
    life's numbers it is about, `sent_at` when the envelope went out that it answers.
    """

    name: str
    word: Word
    filing: int
    occurred_at: datetime
    received_at: datetime
    sent_at: datetime | None = None
    plan: Plan | None = None
    handling: Handling = ""

    @property
    def at(self) -> datetime:
        """The time by which it is ordered: the authority's if it states one."""
        return self.occurred_at if self.word.timed else self.received_at


class Label(Struct, frozen=True):
    """Something done on purpose, and what must follow from it.

    `about` is the name of an arrival or a declaration id, `done` a scenario, a fault or `slow`. `follows` is a rule
    that opens an anomaly of that declaration with `by` as its deadline; or `refused` or `duplicate`, which happens to
    that arrival at `by`; or "": the message named `about` was dropped, and never comes. An anomaly can be seen from
    `seen_from` on and is no longer found at `until`, if ever; where no clock record falls between the two, it need
    not open.
    """

    about: str
    done: str
    follows: str
    by: datetime
    seen_from: datetime
    until: datetime | None = None


class Hold(Struct, frozen=True):
    """A step of one filing that had to wait: since the step before it, until it came instead of when it was due.
    `outage` is "" where the script itself makes it wait."""

    filing: int
    since: datetime
    due: datetime
    until: datetime
    outage: str = ""


class Trouble(Struct, frozen=True):
    """What is truly wrong with one declaration, and which rule speaks of it ("": none alone).

    `due` is from when it can be known: when the step would have come, else `since`. `until` None: it never ends.
    `cause` is the name of an outage or a scenario, `other` the declaration that was filed before.
    """

    about: str
    kind: TroubleKind
    rule: str
    since: datetime
    due: datetime
    until: datetime | None
    cause: str
    other: str = ""


class Life(Struct, frozen=True):
    """A whole life; `posts` in the order of reception. `troubles` are told only of lives in a world."""

    name: str
    scenario: str
    filed_at: datetime
    cargo: Cargo
    identities: tuple[FilingNumbers, ...]
    posts: tuple[Post, ...]
    labels: tuple[Label, ...] = ()
    troubles: tuple[Trouble, ...] = ()

    def declaration(self, filing: int) -> str:
        """The declaration id of a filing, once its primary number is known."""
        own = self.identities[filing]
        return f"uk:mrn:{own.mrn}" if self.cargo.authority == "uk" else f"cn:unified:{own.unified}"
