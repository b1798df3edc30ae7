"""A reusable number at work: it may lead to several primaries, and keeps only what names nothing better.

It is a pointer as long as it leads to one. Once it leads to several, each of them is told so, and it stands for itself
if it holds a receipt: that may be of any of them (docs/decisions/0027).
"""

from msgspec.structs import replace

from clearance.events.anomalies.lifecycle import without_merged
from clearance.events.log.inputs import Message, Send
from clearance.events.receipts.facts import Claim, Fact, Facts, key_of, with_receipts
from clearance.events.standing.reuse import is_undecided
from clearance.events.step import linking
from clearance.events.step.declaration import Declaration
from clearance.events.tables.numbers import Numbers
from clearance.events.values.receipt import Receipt


def primaries(declaration: Declaration, numbers: Numbers) -> tuple[str, ...]:
    """The declarations that an alias leads to, by id: of one that is not reusable the first that named it."""
    first = (declaration.merged_into,) if declaration.merged_into else ()
    if not declaration.facts.claims or not declaration.id.startswith(numbers.reusable):
        return first
    claimed = {claim.primary for claim in declaration.facts.claims if claim.alias == declaration.id}
    return tuple(sorted(claimed.union(first)))


def claims(declaration: Declaration, known: tuple[str, ...], primary: str) -> frozenset[Claim]:
    """What is told once a second primary, or a further one, has named a reusable alias."""
    return frozenset(Claim(declaration.id, one) for one in (*known, primary))


def standing(declaration: Declaration, facts: Facts, numbers: Numbers) -> Declaration:
    """An alias that leads to several: no pointer any more once it holds a receipt; what was closed because it was one
    is judged afresh."""
    if not declaration.merged_into or not facts.receipts or not is_undecided(facts, numbers):
        return declaration
    return replace(declaration, merged_into="", ledger=without_merged(declaration.ledger))


def parted(
    declaration: Declaration, given: Message, new: list[Fact], numbers: Numbers
) -> tuple[Message, list[Fact], list[Send]]:
    """A message to a reusable alias: the part that it keeps, and the rest for the numbers that it names besides."""
    elsewhere: dict[str, list[Fact]] = {}
    for fact in new:
        if to := _better(declaration.authority, fact.receipt, numbers):
            elsewhere.setdefault(to, []).append(fact)
    if not elsewhere:
        return given, new, []
    away = {key_of(fact.receipt) for facts in elsewhere.values() for fact in facts}
    kept = tuple(receipt for receipt in given.receipts if key_of(receipt) not in away)
    organisations = frozenset({given.organisation} - {""})
    rest = replace(given, receipts=kept, organisation=given.organisation if kept else "")
    sends = [
        send
        for to, facts in sorted(elsewhere.items())
        for send in linking.forward(to, _passed_on(facts, organisations), given)
    ]
    return rest, [fact for fact in new if key_of(fact.receipt) not in away], sends


def _passed_on(facts: list[Fact], organisations: frozenset[str]) -> Facts:
    return Facts(
        receipts=with_receipts({}, facts)[0],
        numbers=frozenset(number for fact in facts for number in fact.receipt.numbers),
        organisations=organisations,
    )


def _better(authority: str, receipt: Receipt, numbers: Numbers) -> str:
    """The id of the number under which the receipt is filed: one that names one declaration; "" if it has none."""
    able = [
        number
        for number in receipt.numbers
        if numbers.role(authority, number) != "search" and not f"{authority}:{number}".startswith(numbers.reusable)
    ]
    return f"{authority}:{min(able, key=lambda number: numbers.rank(authority, number))}" if able else ""
