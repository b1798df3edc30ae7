"""What can change a declaration: the records of the one log, parsed. `step` folds them.

Every input carries `position` (its offset in the partition) and `at`, the time that events derived from it will bear:
the received-at of whoever first took it, for a clock its own time.
"""

from datetime import datetime

import msgspec
from msgspec import Struct

from clearance.events.learning.expectations import Written
from clearance.events.receipts.facts import Claim, Fact, Statement
from clearance.events.receipts.related import Counterpart, Related
from clearance.events.values.receipt import Receipt

UNPLACED = -1
"""The position of an input that is not in the log yet."""


class Input(Struct, frozen=True, kw_only=True, gc=False):
    """Common to all. `backfill` marks history that is loaded later: it notifies nobody. So does what
    is `quiet`: history that a rebuild folds anew, and whatever follows from it."""

    position: int = UNPLACED
    at: datetime
    backfill: str = ""
    quiet: bool = False


class Message(Input, frozen=True, kw_only=True, gc=False):
    """What an authority sent, or what was sent to it: the receipts of one message that speak of this declaration.

    `stated_at`: when its file was written, by the name of that. `conversation`: the id of the exchange with the
    authority in which it came, "" if that is not known."""

    receipts: tuple[Receipt, ...]
    message_id: str
    organisation: str = ""
    stated_at: datetime | None = None
    conversation: str = ""


class Command(Input, frozen=True, kw_only=True, gc=False):
    """What a user states. The tracker decides; the result is an event found by `statement.command_id`."""

    statement: Statement


class Link(Input, frozen=True, kw_only=True, gc=False):
    """A primary number tells this alias that it belongs to it."""

    primary: str


class FactsInput(Input, frozen=True, kw_only=True, gc=False):
    """Facts and numbers that another number of the same declaration holds; at most 100 receipts."""

    receipts: tuple[Fact, ...] = ()
    statements: tuple[Statement, ...] = ()
    claims: tuple[Claim, ...] = ()
    numbers: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()


class Clock(Input, frozen=True, kw_only=True, gc=False):
    """Time has passed: `at` is the time. `appended_at` is the broker's timestamp of the record, if it has one.

    `external`: written by a simulator, whose time this partition follows from now on; the tracker then writes no clocks
    of its own, and nothing looks at the wall."""

    appended_at: datetime | None = None
    external: bool = False


class BackfillEnd(Input, frozen=True, kw_only=True, gc=False):
    """The history marked `backfill` is complete: its declarations arm their deadlines."""


class ExpectationsInput(Input, frozen=True, kw_only=True, gc=False):
    """What the analyst has learned: the table by which this partition judges from now on, unless it has one that is not
    older. It changes no declaration. `at` is the stream time as of which it was made."""

    table: Written


class RelatedInput(Input, frozen=True, kw_only=True, gc=False):
    """What the analyst knows of other declarations of the same goods: all of it, in place of what it told before. `at`
    is the time of the event that it followed from."""

    filed_at: datetime
    possible_duplicate_of: tuple[Counterpart, ...] = ()
    refiles: Counterpart | None = None

    @property
    def related(self) -> Related:
        return Related(self.at, self.filed_at, self.possible_duplicate_of, self.refiles)


class Sealed(Input, frozen=True, kw_only=True, gc=False):
    """The end of a partition of a log that was moved. It changes nothing, and nothing comes after it."""


class Send(Struct, frozen=True, gc=False):
    """A further input for the log: to which declaration, and what. Its position is given when it is appended."""

    to: str
    input: Link | FactsInput | Command


KINDS: dict[str, type[Input]] = {
    "command": Command,
    "link": Link,
    "facts": FactsInput,
    "clock": Clock,
    "backfill-end": BackfillEnd,
    "expectations": ExpectationsInput,
    "related": RelatedInput,
}
"""By the header `kind` of the record. A `message` is the authority's own bytes and is parsed by `routing.route`."""
_DECODERS = {kind: msgspec.json.Decoder(struct) for kind, struct in KINDS.items()}

OF_THE_RECORD = frozenset({"position", "appended_at", "quiet"})


def encode(given: Input) -> bytes:
    """The value of the record: JSON without what the record itself tells, its offset, its timestamp and headers.

    Equal inputs give equal bytes, so that what is sent once more after a restart is the same record."""
    fields = msgspec.structs.asdict(given)
    told = {name: fields[name] for name in fields if name not in OF_THE_RECORD}
    return msgspec.json.encode(told, order="deterministic")


def decode(kind: str, value: bytes, position: int, appended_at: datetime | None = None, quiet: bool = False) -> Input:
    """The input of a record. Raises `msgspec.ValidationError`, and `KeyError` for an unknown kind."""
    given = _DECODERS[kind].decode(value)
    if isinstance(given, Clock):
        return msgspec.structs.replace(given, position=position, appended_at=appended_at, quiet=quiet)
    return msgspec.structs.replace(given, position=position, quiet=quiet)
