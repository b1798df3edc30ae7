"""What a receipt shows of the message that it answers: the declaration itself, or a request about it.

An authority answers a declaration and a request to amend it by the same codes. The conversation, the exchange of one
message and its answers, tells them apart; where that is not known, the sender's reference of the message does: a
declaration keeps the one that it was lodged with, each request brings its own.
Sources: HMRC service guide: DMSREJ and DMSRCV answer a declaration or an additional message; HMRC API: the header
X-Conversation-ID ties an answer to what was sent.
"""

from collections.abc import Iterable, Sequence

from clearance.contracts.codes import Meaning
from clearance.events.receipts.facts import Fact
from clearance.events.standing.track import Order, Track
from clearance.events.values.receipt import About, Receipt

Meanings = tuple[Meaning, ...]
Own = tuple[str, About]
"""The reference of the declaration's own message, and by what it is known."""

STRENGTH: dict[About, int] = {"": 0, "any_message": 0, "first_version": 1, "declaration": 2}
LODGED = frozenset({"received", "reviewed"})
"""Stages that a declaration comes to when it is taken as it was sent."""
OWN, REQUEST, NO_SIGN = frozenset({"own"}), frozenset({"request"}), frozenset[str]()


def own_of(receipts: Iterable[Receipt]) -> Own:
    """Of receipts in the order of the fold: the reference of the earliest that speaks of the declaration as such, else
    of the earliest that speaks of its version 1."""
    own: Own = "", ""
    for receipt in receipts:
        own = stronger(own, receipt)
    return own


def stronger(own: Own, receipt: Receipt) -> Own:
    """The reference after one receipt more, which comes last."""
    if receipt.reference and STRENGTH[receipt.about] > STRENGTH[own[1]]:
        return receipt.reference, receipt.about
    return own


def own_conversation(rows: Sequence[tuple[Order, Fact, Meanings]], own: Own) -> str:
    """The conversation of the declaration's own message, of all receipts in the order of the fold: that of the first
    acceptance, else of the first reception. "" if none is known."""
    if not any(fact.conversations for _, fact, _ in rows):
        return ""
    first: dict[About, str] = {}
    for _, fact, meanings in rows:
        if lodges(fact.receipt, meanings, own):
            first.setdefault(fact.receipt.about, fact.conversation)
    return first.get("declaration") or first.get("first_version", "")


def lodges(receipt: Receipt, meanings: Meanings, own: Own) -> bool:
    """Whether it shows itself to take the declaration in, or to accept it, and so to answer that very message."""
    if all(meaning.stage not in LODGED for meaning in meanings):
        return False
    if receipt.about == "declaration":
        return receipt.reference in ("", own[0])
    return receipt.about == "first_version" and receipt.reference != "" and receipt.reference == own[0]


def signs(fact: Fact, track: Track) -> frozenset[str]:
    """What the receipt shows by itself: that it answers the declaration's own message, another one, or nothing."""
    if track.conversation and fact.conversation:
        return OWN if fact.conversation == track.conversation else REQUEST
    reference, about = fact.receipt.reference, fact.receipt.about
    if about == "any_message" or (reference and track.own and reference != track.own):
        return REQUEST
    return OWN if about == "first_version" and reference and reference == track.own else NO_SIGN
