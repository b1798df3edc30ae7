"""Bytes as an authority sent them → receipts. Recognised by the root element, never by a file name.

`parse` is total: it returns receipts or raises `InvalidMessage` with a reason that a person can act on.
"""

from collections.abc import Callable
from typing import NamedTuple

from clearance.contracts.codes import DIALECTS
from clearance.events.receipts.codecs import (
    cn_amendment,
    cn_declaration,
    cn_envelope,
    cn_import,
    cn_receipt,
    uk_notification,
)
from clearance.events.receipts.codecs.flat import read_flat
from clearance.events.receipts.codecs.xml import Element, guard, local, read
from clearance.events.values.errors import InvalidMessage
from clearance.events.values.receipt import Receipt


class Codec(NamedTuple):
    """One format: which authority sends it, what it is called, and the function that reads it."""

    authority: str
    name: str
    read: Callable[[Element, str, str], list[Receipt]]


CODECS = {
    "DEC_RESULT": Codec("cn", "业务回执 (generation B)", cn_receipt.generation_b),
    "DEC_DATA": Codec("cn", "业务回执 (generation A)", cn_receipt.generation_a),
    "DecImportResponse": Codec("cn", "导入回执", cn_import.import_response),
    "Root": Codec("cn", "导入失败 (smart card)", cn_import.smart_card_failure),
    "DecMessage": Codec("cn", "报关单", cn_declaration.declaration),
    "DecModMessage": Codec("cn", "修撤单申请", cn_amendment.amendment),
    "DecModSaveResponse": Codec("cn", "修撤单导入回执", cn_amendment.amendment_response),
    "DxpRep": Codec("cn", "交换回执", cn_envelope.delivered),
    "MetaData": Codec("uk", "CDS notification (RES)", uk_notification.notification),
    "Response": Codec("uk", "CDS notification (RES)", uk_notification.notification),
}
"""By root element."""

ENVELOPE = "DxpMsg"
DEFAULT_SYSTEM = "cn-channel"
SYSTEMS = frozenset({DEFAULT_SYSTEM, *DIALECTS})


def parse(data: bytes, *, sender: str = "", system: str = DEFAULT_SYSTEM) -> tuple[Receipt, ...]:
    """The receipts of one message, at least one.

    `sender` is the organisation through whose connection the message came: numbers that are unique only within a
    sender identify with it. `system` is the code list of CHANNEL codes, for intermediaries with one of their own.
    Raises `InvalidMessage`.
    """
    checked_system(system)
    guard(data)
    if (flat := read_flat(data)) is not None:
        return (cn_receipt.receipt(*flat, sender, system),)
    root = read(data)
    name = local(root)
    if name == ENVELOPE:
        payload = cn_envelope.payload(root)
        guard(payload)
        inner = read(payload)
        codec = _codec(local(inner))
        if codec.authority != "cn":
            raise InvalidMessage(f"DxpMsg holds a message of {codec.authority}; it carries Chinese messages only")
        return tuple(cn_envelope.opened(root, codec.read(inner, sender, system)))
    return tuple(_codec(name).read(root, sender, system))


def checked_system(system: str) -> str:
    """The code list, if it is one of CHANNEL codes. Raises `InvalidMessage` naming the known ones."""
    if system not in SYSTEMS:
        raise InvalidMessage(f"{system[:40]!r} is no code list of CHANNEL codes; known: {', '.join(sorted(SYSTEMS))}")
    return system


def authority_of(receipt: Receipt) -> str:
    """Which authority a receipt is from: the first part of its system's name."""
    return receipt.system.partition("-")[0]


def _codec(root: str) -> Codec:
    if root == ENVELOPE:
        raise InvalidMessage("DxpMsg inside DxpMsg: an envelope holds a message")
    codec = CODECS.get(root)
    if codec is None:
        raise InvalidMessage(f"root element {root[:60]!r} is no known format; known: {', '.join(CODECS)}, {ENVELOPE}")
    return codec
