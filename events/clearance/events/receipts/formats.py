"""Bytes as an authority sent them → receipts. Recognised by the root element, never by a file name.

`parse` is total: it returns receipts or raises `InvalidMessage` with a reason that a person can act on.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from clearance.events.receipts.xml import Document, guard, local, read
from clearance.events.tables.authority import Codec, Element, Envelope
from clearance.events.tables.tables import Tables
from clearance.events.values.errors import InvalidMessage
from clearance.events.values.receipt import Receipt


def parse(data: bytes, tables: Tables, *, sender: str = "", system: str = "") -> tuple[Receipt, ...]:
    """The receipts of one message, at least one.

    `sender` is the organisation through whose connection the message came: numbers that are unique only within a
    sender identify with it. `system` is the code list of an intermediary with one of its own, "" for the authority's.
    Raises `InvalidMessage`.
    """
    system = checked_system(system, tables)
    guard(data)
    for shortcut in tables.shortcuts:
        if (receipts := shortcut(data, sender, system)) is not None:
            return receipts
    document = read(data)
    name = local(document.root)
    if (envelope := tables.envelopes.get(name)) is None:
        return _told(_codec(name, tables).read(document.root, sender, system), document)
    opened = _opened(root=document.root, name=name, envelope=envelope, tables=tables, sender=sender, system=system)
    return _told(opened, document)


def _told(receipts: Iterable[Receipt], document: Document) -> tuple[Receipt, ...]:
    """The receipts, which tell that their bytes contradict the declared encoding."""
    if not document.contradiction:
        return tuple(receipts)
    return tuple(
        replace(receipt, details={**receipt.details, "encoding": document.contradiction}) for receipt in receipts
    )


def checked_system(system: str, tables: Tables) -> str:
    """The code list that a connection names, "" for one that is the authority's own anyway.

    Raises `InvalidMessage` naming the known ones.
    """
    if system and system not in tables.systems:
        known = ", ".join(sorted(tables.systems))
        raise InvalidMessage(f"{system[:40]!r} is no code list of CHANNEL codes; known: {known}")
    return "" if system in tables.own_systems else system


def authority_of(receipt: Receipt) -> str:
    """Which authority a receipt is from: the first part of its system's name."""
    return receipt.system.partition("-")[0]


def _opened(root: Element, name: str, envelope: Envelope, tables: Tables, sender: str, system: str) -> list[Receipt]:
    payload = envelope.payload(root)
    guard(payload)
    inner = read(payload)
    codec = _codec(local(inner.root), tables)
    if codec.authority != envelope.authority:
        carries = tables.authorities[envelope.authority].profile.messages
        raise InvalidMessage(f"{name} holds a message of {codec.authority}; it carries {carries} messages only")
    return envelope.opened(root, list(_told(codec.read(inner.root, sender, system), inner)))


def _codec(root: str, tables: Tables) -> Codec:
    if root in tables.envelopes:
        raise InvalidMessage(f"{root} inside {root}: an envelope holds a message")
    codec = tables.codecs.get(root)
    if codec is None:
        known = ", ".join([*tables.codecs, *tables.envelopes])
        raise InvalidMessage(f"root element {root[:60]!r} is no known format; known: {known}")
    return codec
