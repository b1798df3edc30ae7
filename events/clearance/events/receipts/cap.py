"""How much of a set of facts is held: at most 500 receipts, and 256 KiB of what may be long in them. The rest is in the
messages, which the log keeps.

What is left out is a function of the set: it depends on keys and sizes alone, and what is left out of a part of a set
is left out of the whole. So sets may be united in any order, whole or already cut.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from clearance.events.receipts.particulars import MOST_BYTES
from clearance.events.receipts.parts import MAX_TEXT
from clearance.events.values.receipt import Receipt

if TYPE_CHECKING:
    from clearance.events.receipts.facts import Fact

Key = tuple[str, str, datetime | None]
"""What makes two copies the same fact: receipt id, code, the authority's time."""
FIRST, LAST = 100, 400
"""At most 500 receipts are held: the first 100 and the last 400 by `cap_order`, so that a set stays bounded."""
OF_FIRST, OF_LAST = 64 << 10, 192 << 10
"""Bytes of particulars and long texts of the first 100 and of the last 400; together of all while they are fewer."""
SHORT = 255
"""Characters of a text that are always kept."""
HEAVIEST = MOST_BYTES + 4 * (MAX_TEXT - SHORT)
"""No fact weighs more; so the lightest sets need not be weighed."""
BEFORE_ALL = datetime(1, 1, 1, tzinfo=UTC)


def cap_order(key: Key) -> tuple[datetime, str, str]:
    """The order of the cap depends on the key alone, so that dropping is a function of the set."""
    return key[2] or BEFORE_ALL, key[0], key[1]


def capped(receipts: "dict[Key, Fact]") -> "dict[Key, Fact]":
    """The first 100 and the last 400 of more than 500."""
    ordered = sorted(receipts, key=cap_order)
    return {key: receipts[key] for key in (*ordered[:FIRST], *ordered[-LAST:])}


def weighs(fact: "Fact") -> bool:
    """Whether a fact has, or had, what may be left out."""
    receipt = fact.receipt
    return fact.left_out or len(receipt.text) > SHORT or receipt.particulars != () or fact.heaviest > 0


def weight(fact: "Fact") -> int:
    """Bytes of what may be left out, of the heaviest of its copies."""
    return max(fact.heaviest, _weight(fact.receipt))


def _weight(receipt: Receipt) -> int:
    long = len(receipt.text[SHORT:].encode())
    return long + len(msgspec.json.encode(receipt.particulars)) if receipt.particulars else long


def lightened(receipts: "dict[Key, Fact]") -> "dict[Key, Fact]":
    """The facts without what is too much; the same object if all of it is held."""
    heavy = [fact for fact in receipts.values() if weighs(fact)]
    if not heavy or not _is_too_much(heavy, len(receipts)):
        return receipts
    ordered = sorted(receipts, key=cap_order)
    whole = {*_fitting(receipts, ordered[:FIRST], OF_FIRST), *_fitting(receipts, ordered[: -LAST - 1 : -1], OF_LAST)}
    return {key: fact if key in whole or not weighs(fact) else light(fact) for key, fact in receipts.items()}


def _is_too_much(heavy: "list[Fact]", count: int) -> bool:
    """Whether something may have to be left out, or already was. Of a full set, what else there was is not known: only
    its two counts say what fits."""
    if any(fact.left_out for fact in heavy):
        return True
    if count >= FIRST + LAST:
        return sum(map(weight, heavy)) > OF_FIRST
    most = OF_FIRST + OF_LAST
    return len(heavy) * HEAVIEST > most and sum(map(weight, heavy)) > most


def _fitting(receipts: "dict[Key, Fact]", keys: Iterable[Key], most: int) -> Iterator[Key]:
    """The keys up to the first fact that does not fit, or that is light already: all behind it did not fit either."""
    total = 0
    for key in keys:
        fact = receipts[key]
        total += weight(fact)
        if fact.left_out or total > most:
            return
        yield key


def joined(kept: "Fact", one: "Fact", other: "Fact") -> "Fact":
    """The copy that is kept of two that weigh: light if either is, and it remembers the heavier."""
    if one.left_out or other.left_out:
        return light(kept)
    most = max(weight(one), weight(other))
    heaviest = most if most > _weight(kept.receipt) else 0
    return kept if kept.heaviest == heaviest else replace(kept, heaviest=heaviest)


def light(fact: "Fact") -> "Fact":
    """The fact without what may be left out, marked."""
    return fact if fact.left_out else replace(fact, receipt=light_receipt(fact.receipt), left_out=True, heaviest=0)


def light_receipt(receipt: Receipt) -> Receipt:
    """Without particulars and long text; the same object if it has neither."""
    if not receipt.particulars and len(receipt.text) <= SHORT:
        return receipt
    return replace(
        receipt,
        text=receipt.text[:SHORT],
        text_cut=receipt.text_cut or len(receipt.text) > SHORT,
        particulars=(),
        particulars_cut=receipt.particulars_cut or bool(receipt.particulars),
    )
