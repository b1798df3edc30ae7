"""Which declarations does a message speak of? The one rule (docs/architecture.md), used by every producer of inputs.

A message is filed under its primary number if it carries one, else under its best alias; one with two primary numbers
is one child for each.
"""

from collections.abc import Iterable
from hashlib import sha256

from msgspec import Struct
from msgspec.structs import replace

from clearance.events.receipts.formats import authority_of, parse
from clearance.events.tables.numbers import Numbers
from clearance.events.tables.tables import Tables
from clearance.events.values.errors import InvalidMessage
from clearance.events.values.receipt import Receipt

MAX_CHILDREN = 100


class Child(Struct, frozen=True, gc=False):
    """The part of a message that speaks of one declaration."""

    declaration: str
    child: int
    receipts: tuple[Receipt, ...]


def message_id(data: bytes) -> str:
    """sha256 of the bytes: the same for every copy."""
    return sha256(data).hexdigest()


def route(
    data: bytes,
    tables: Tables,
    *,
    authority: str = "",
    sender: str = "",
    system: str = "",
    hints: tuple[str, ...] = (),
) -> list[Child]:
    """The children of a message, in the order of their declaration ids; most messages have one.

    `hints` are numbers known from elsewhere (the name of a received file), used only where the message itself has
    none. Raises `InvalidMessage`, also where the message is not from the `authority` that it is said to come from.
    """
    return filed(parse(data, tables, sender=sender, system=system), tables, authority=authority, hints=hints)


def filed(
    receipts: Iterable[Receipt], tables: Tables, *, authority: str = "", hints: tuple[str, ...] = ()
) -> list[Child]:
    """The children of the receipts of one message, as `route`."""
    parts: dict[str, list[Receipt]] = {}
    for receipt in receipts:
        sent_by = authority_of(receipt)
        if authority and sent_by != authority:
            raise InvalidMessage(f"a message of {sent_by} came as one of {authority}")
        for number, part in _filed(tables.numbers, sent_by, receipt, hints):
            parts.setdefault(f"{sent_by}:{number}", []).append(part)
    if len(parts) > MAX_CHILDREN:
        raise InvalidMessage(f"the message speaks of {len(parts):,} declarations; at most {MAX_CHILDREN} are taken")
    return [Child(name, child, tuple(parts[name])) for child, name in enumerate(sorted(parts))]


def _filed(kinds: Numbers, authority: str, receipt: Receipt, hints: tuple[str, ...]) -> Iterable[tuple[str, Receipt]]:
    """The numbers under which a receipt is filed, each with the receipt as that declaration sees it."""
    identifying = _identifying(kinds, authority, receipt.numbers)
    if not identifying and hints:
        able = tuple(hint for hint in hints if _possible(kinds, authority, hint))
        receipt = replace(receipt, numbers=(*receipt.numbers, *able))
        identifying = _identifying(kinds, authority, receipt.numbers)
    if not identifying:
        raise InvalidMessage(f"{receipt.format} {receipt.code} carries no number that identifies a declaration")
    primaries = [number for number in identifying if kinds.role(authority, number) == "primary"]
    if len(primaries) > MAX_CHILDREN:
        raise InvalidMessage(f"the message names {len(primaries):,} declarations; at most {MAX_CHILDREN} are taken")
    if len(primaries) == 1:
        return [(primaries[0], receipt)]
    if not primaries:
        return [(min(identifying, key=lambda number: kinds.rank(authority, number)), receipt)]
    return [(mine, _without(receipt, {*primaries} - {mine})) for mine in primaries]


def _possible(kinds: Numbers, authority: str, hint: str) -> bool:
    kind, _, value = hint.partition(":")
    row = kinds.kind(authority, kind)
    return row is not None and value != "" and row.accepts(value)


def _identifying(kinds: Numbers, authority: str, numbers: tuple[str, ...]) -> list[str]:
    return [number for number in numbers if kinds.role(authority, number) != "search"]


def _without(receipt: Receipt, others: set[str]) -> Receipt:
    return replace(receipt, numbers=tuple(number for number in receipt.numbers if number not in others))
