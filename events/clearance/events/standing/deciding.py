"""Which receipt decided the status that is shown."""

from clearance.events.standing.timeline import Taken
from clearance.events.standing.track import Track
from clearance.events.standing.view import View

DECIDING = ("moved", "opened")


def deciding(track: Track, shown: View) -> Taken | None:
    """The receipt that opened the obligation that is shown as the status, else the one that moved it to its stage. None
    before the first, and where a statement and no receipt has decided."""
    opened = [hold.receipt_id for hold in shown.holds if hold.until is None and hold.kind == shown.status]
    receipt_id = opened[-1] if opened else track.cause
    found = [one for one in track.taken if one.fact.receipt.receipt_id == receipt_id]
    return next((one for one in reversed(found) if one.effect in DECIDING), found[-1] if found else None)
