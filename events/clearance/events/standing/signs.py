"""What a receipt shows of the message that it answers: the declaration itself, or a request about it.

An authority answers a declaration and a request to amend it by the same codes. The sender's reference of the message
tells them apart: a declaration keeps the one that it was lodged with, each request brings its own.
Source: HMRC service guide: DMSREJ and DMSRCV answer a declaration or an additional message.
"""

from collections.abc import Iterable

from clearance.events.standing.track import Track
from clearance.events.values.receipt import About, Receipt

Own = tuple[str, About]
"""The reference of the declaration's own message, and by what it is known."""

STRENGTH: dict[About, int] = {"": 0, "any_message": 0, "first_version": 1, "declaration": 2}
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


def signs(receipt: Receipt, track: Track) -> frozenset[str]:
    """What the receipt shows by itself: that it answers the declaration's own message, another one, or nothing."""
    reference, about = receipt.reference, receipt.about
    if about == "any_message" or (reference and track.own and reference != track.own):
        return REQUEST
    return OWN if about == "first_version" and reference and reference == track.own else NO_SIGN
