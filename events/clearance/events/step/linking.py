"""How the numbers of one declaration find each other (docs/architecture.md): links, facts sent on, claims.

Whoever learns a number tells it, once: a primary sends an alias a link, an alias sends any other number its own, but
for a reusable one: only primaries know where that leads (`reusable_number.py`). What was told is what is held: a number
is told in the step that first holds it.
"""

from typing import Any

import msgspec

from clearance.events.log.inputs import FactsInput, Input, Link, Send
from clearance.events.receipts.cap import cap_order
from clearance.events.receipts.facts import Fact, Facts, with_receipts
from clearance.events.step.declaration import Declaration
from clearance.events.tables.numbers import Numbers

CHUNK, CHUNK_BYTES = 100, 500_000
"""Receipts in one facts record: half of what an input may hold."""
MANY = 1000
"""Numbers in one facts record."""


def tell(declaration: Declaration, fresh: frozenset[str], given: Input, numbers: Numbers) -> list[Send]:
    """The sends for numbers that the declaration holds for the first time."""
    authority, own = declaration.authority, declaration.number
    mine = numbers.role(authority, own)
    sends = []
    for number in sorted(fresh - {own}):
        theirs = numbers.role(authority, number)
        to = f"{authority}:{number}"
        if mine == "primary" and theirs == "alias":
            link = Link(at=given.at, backfill=given.backfill, quiet=given.quiet, primary=declaration.id)
            sends.append(Send(to, link))
        elif mine == "alias" and theirs != "search" and not to.startswith(numbers.reusable):
            own_number = FactsInput(at=given.at, backfill=given.backfill, quiet=given.quiet, numbers=(own,))
            sends.append(Send(to, own_number))
    return sends


def added(held: Facts, facts: Facts) -> Facts:
    """What `facts` hold beyond `held`; a receipt whose kept copy changed counts."""
    receipts = facts.receipts
    if receipts is not held.receipts:
        new = [key for key, fact in receipts.items() if held.receipts.get(key) != fact]
        receipts = {key: receipts[key] for key in sorted(new, key=cap_order)}
    else:
        receipts = {}
    return Facts(
        receipts,
        {name: each for name, each in sorted(facts.statements.items()) if held.statements.get(name) != each},
        facts.claims - held.claims,
        facts.numbers - held.numbers,
        facts.organisations - held.organisations,
    )


def forward(to: str, facts: Facts, given: Input) -> list[Send]:
    """The facts as inputs for another number, in an order that depends on the set alone; none if there are none."""
    parts: list[dict[str, Any]] = [{"receipts": chunk} for chunk in _chunks(facts)]
    numbers = sorted(facts.numbers)
    parts += [{"numbers": tuple(numbers[at : at + MANY])} for at in range(0, len(numbers), MANY)]
    statements = [facts.statements[name] for name in sorted(facts.statements)]
    parts += [{"statements": tuple(statements[at : at + CHUNK])} for at in range(0, len(statements), CHUNK)]
    rest = {
        "claims": tuple(sorted(facts.claims)),
        "organisations": tuple(sorted(facts.organisations)),
    }
    if any(rest.values()):
        parts.append(rest)
    return [Send(to, FactsInput(at=given.at, backfill=given.backfill, quiet=given.quiet, **part)) for part in parts]


def _chunks(facts: Facts) -> list[tuple[Fact, ...]]:
    """The receipts by hundreds, and by fewer where they are large: a record must stay below its topic's limit."""
    chunks: list[list[Fact]] = []
    size = 0
    for key in sorted(facts.receipts, key=cap_order):
        fact = facts.receipts[key]
        more = len(msgspec.json.encode(fact))
        if not chunks or len(chunks[-1]) == CHUNK or size + more > CHUNK_BYTES:
            chunks.append([])
            size = 0
        chunks[-1].append(fact)
        size += more
    return [tuple(chunk) for chunk in chunks]


def as_facts(given: FactsInput) -> Facts:
    """The set that a facts record holds."""
    return Facts(
        with_receipts({}, given.receipts)[0],
        {statement.key: statement for statement in given.statements},
        frozenset(given.claims),
        frozenset(given.numbers),
        frozenset(given.organisations),
    )
