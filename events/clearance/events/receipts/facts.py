"""Facts: what is known of one declaration, as a set. The order in which they come does not matter.

A *receipt* is one statement of an authority, reduced to what the fold needs. A *fact* is a receipt together with the
copy of the message that brought it. Copies of one receipt collapse, whole, to the least by (received-at, message-id,
content), with the least of the times in the names of their files and the conversations of all; a copy that differs in
code or time is another fact. How much of a set is held is told in `cap.py`.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from clearance.events.receipts import cap
from clearance.events.receipts.cap import Key
from clearance.events.receipts.related import UNRELATED, Related, later
from clearance.events.values.receipt import Receipt

CONVERSATIONS = 2
"""Of one receipt at most so many are kept: the second says that they contradict each other."""
AHEAD = timedelta(days=1)
"""By how much the clock of an import client may be ahead of ours; a file is not written after it was received."""


class Fact(Struct, frozen=True, gc=False, omit_defaults=True):
    """A receipt and the copy that brought it. `received_at` is the clock of whoever first took the message.

    `stated_at` is the time in the name of a file, where the receipt states none. `conversations` are the exchanges with
    the authority that copies of it named, in order; more than one contradict each other, and two are kept. `left_out`:
    particulars and long text are in the message only. `heaviest`: bytes of them in a heavier copy, 0 if this one is the
    heaviest."""

    receipt: Receipt
    received_at: datetime
    message_id: str
    stated_at: datetime | None = None
    conversations: tuple[str, ...] = ()
    left_out: bool = False
    heaviest: int = 0

    @property
    def at(self) -> datetime:
        """The time by which the fact is ordered: the authority's, else that of the file's name, else of reception."""
        return self.receipt.occurred_at or self.stated_at or self.received_at

    @property
    def conversation(self) -> str:
        """The one conversation that it came in; "" where none is known, or two contradict each other."""
        return self.conversations[0] if len(self.conversations) == 1 else ""


def key_of(receipt: Receipt) -> Key:
    return receipt.receipt_id, receipt.code, receipt.occurred_at


StatementKind = Literal[
    "transport_plan", "mute", "acknowledge", "assign", "resolve", "false_positive", "register", "answer_query", "grant",
    "withdraw_grant",
]  # fmt: skip


class Statement(Struct, frozen=True, gc=False):
    """What a user stated, by command; a fact like a receipt, but outside the cap. `body` is checked by the command.

    `organisation` is the id of the one whose word it is, "" for the operator's and where nobody asks for keys; `by`
    names the key or the person."""

    command_id: str
    kind: StatementKind
    issued_at: datetime
    organisation: str
    body: dict[str, str]
    by: str = ""

    @property
    def key(self) -> str:
        """Two organisations may use one command id."""
        return f"{self.organisation}{OF}{self.command_id}" if self.organisation else self.command_id


OF = "\n"
"""Between an organisation and its command; neither holds one."""


class Claim(Struct, frozen=True, gc=False, order=True):
    """An alias that several primaries name, and one of them (docs/architecture.md). A reusable alias leads to all, and
    each is told of all; any other stays with the first, and both are told of the second."""

    alias: str
    primary: str


class Facts(Struct, frozen=True, gc=False):
    """The set. `numbers` and `organisations` only grow: they hold what any input carried, also on a losing copy.
    `related` is what was told last of other declarations; it is sent to no other number."""

    receipts: dict[Key, Fact] = {}
    statements: dict[str, Statement] = {}
    claims: frozenset[Claim] = frozenset()
    numbers: frozenset[str] = frozenset()
    organisations: frozenset[str] = frozenset()
    related: Related = UNRELATED

    @property
    def full(self) -> bool:
        """Whether the cap is reached: some receipts may be only in the log."""
        return len(self.receipts) >= cap.FIRST + cap.LAST


EMPTY = Facts()


def plausible_stamp(stated_at: datetime | None, received_at: datetime, receipt: Receipt) -> datetime | None:
    """The time in the name of a file, where it counts: the receipt states none, and it is no time after reception."""
    if stated_at is None or receipt.occurred_at is not None or stated_at > received_at + AHEAD:
        return None
    return stated_at


def least(one: Fact, other: Fact) -> Fact:
    """The copy that is kept, with the earlier of the times in their names and the conversations of both: each is a
    least of its own, so any order of copies comes to the same. So does what is remembered of their weight."""
    kept = _first(one, other)
    if one.stated_at != other.stated_at:
        kept = replace(kept, stated_at=min(time for time in (one.stated_at, other.stated_at) if time is not None))
    if one.conversations != other.conversations:
        kept = replace(kept, conversations=tuple(sorted({*one.conversations, *other.conversations})[:CONVERSATIONS]))
    return cap.joined(kept, one, other) if cap.weighs(one) or cap.weighs(other) else kept


def _first(one: Fact, other: Fact) -> Fact:
    a, b = (one.received_at, one.message_id), (other.received_at, other.message_id)
    if a != b:
        return one if a < b else other
    return min(one, other, key=_content)


def _content(fact: Fact) -> tuple[bytes, bytes]:
    """What is always held counts first, so that light copies compare like whole ones."""
    return _bytes(cap.light_receipt(fact.receipt)), _bytes(fact.receipt)


def _bytes(receipt: Receipt) -> bytes:
    return msgspec.json.encode(receipt, order="deterministic")


def with_receipts(held: dict[Key, Fact], new: Iterable[Fact]) -> tuple[dict[Key, Fact], list[Fact]]:
    """`held` with `new`, and the facts that entered; the same object when nothing is added."""
    merged: dict[Key, Fact] | None = None
    entered: list[Fact] = []
    heavy = False
    for fact in new:
        receipt = fact.receipt
        key = (receipt.receipt_id, receipt.code, receipt.occurred_at)
        kept = (held if merged is None else merged).get(key)
        now = fact if kept is None else least(kept, fact)
        if kept is not None and now == kept:
            continue
        merged = dict(held) if merged is None else merged
        merged[key] = now
        entered.append(now)
        heavy = heavy or cap.weighs(now)
    if merged is None:
        return held, entered
    if len(merged) <= cap.FIRST and not heavy:
        return merged, entered
    held_now = cap.lightened(cap.capped(merged) if len(merged) > cap.FIRST + cap.LAST else merged)
    keys = [key for fact in entered if merged[key := key_of(fact.receipt)] is fact and key in held_now]
    return held_now, [held_now[key] for key in keys]


def merge_statements(held: Mapping[str, Statement], new: Iterable[Statement]) -> dict[str, Statement]:
    """Union by command; of two bodies of one command, which the API refuses to make, the least is kept."""
    merged = dict(held)
    for statement in new:
        kept = merged.setdefault(statement.key, statement)
        if kept is not statement:
            merged[statement.key] = min(kept, statement, key=_statement_bytes)
    return merged


def _statement_bytes(statement: Statement) -> bytes:
    return msgspec.json.encode(statement, order="deterministic")


def merge(held: Facts, new: Facts) -> Facts:
    """The union of two sets; the same object when `new` adds nothing. Associative, commutative, idempotent."""
    receipts, _ = with_receipts(held.receipts, new.receipts.values())
    statements = held.statements
    if new.statements:
        united = merge_statements(statements, new.statements.values())
        statements = statements if united == statements else united
    if (
        receipts is held.receipts
        and statements is held.statements
        and new.claims <= held.claims
        and new.numbers <= held.numbers
        and new.organisations <= held.organisations
        and new.related is UNRELATED
    ):
        return held
    return Facts(
        receipts,
        statements,
        held.claims if new.claims <= held.claims else held.claims | new.claims,
        held.numbers if new.numbers <= held.numbers else held.numbers | new.numbers,
        held.organisations if new.organisations <= held.organisations else held.organisations | new.organisations,
        related=later(held.related, new.related),
    )


def select(facts: Facts, as_of: datetime | None = None, known_at: datetime | None = None) -> Facts:
    """The facts that had happened by `as_of` and were known by `known_at`; `view` of them answers both questions.

    Numbers are names and no events: all that are known today are kept, so that the answer can be found by each.
    """
    receipts = {
        key: fact
        for key, fact in facts.receipts.items()
        if (as_of is None or fact.at <= as_of) and (known_at is None or fact.received_at <= known_at)
    }
    limit = min((time for time in (as_of, known_at) if time is not None), default=None)
    statements = {
        name: statement for name, statement in facts.statements.items() if limit is None or statement.issued_at <= limit
    }
    known = limit is None or facts.related.at <= limit
    related = facts.related if known else UNRELATED
    return msgspec.structs.replace(facts, receipts=receipts, statements=statements, related=related)
