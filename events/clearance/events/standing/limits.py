"""Until when an obligation is to be met, and which of several debts a receipt speaks of: by its particulars.

A limit that cannot be meant, beyond 2099 or before its own receipt, is shown, and no warning counts by it.
"""

from datetime import UTC, datetime
from typing import NamedTuple

from clearance.events.receipts.facts import Fact
from clearance.events.standing.track import AMENDING, HoldKey, Track
from clearance.events.values.particulars import Amount, Limit
from clearance.events.values.receipt import Receipt

LATEST = datetime(2100, 1, 1, tzinfo=UTC)


class Until(NamedTuple):
    """A limit, and whether it cannot be meant."""

    limit: datetime | None = None
    in_doubt: bool = False


OPEN_ENDED = Until()


def until(fact: Fact, at: datetime, reference: str = "") -> Until:
    """The earliest limit that the receipt states for the debt of this reference, or for all; one that can be meant
    before any other. `at` is when the receipt was issued."""
    particulars = fact.receipt.particulars
    if not particulars:
        return OPEN_ENDED
    stated = [each.at for each in particulars if isinstance(each, Limit) and each.reference in ("", reference)]
    return min((Until(limit, not at <= limit < LATEST) for limit in stated), key=_meant_first, default=OPEN_ENDED)


def _meant_first(told: Until) -> tuple[bool, datetime | None]:
    return told.in_doubt, told.limit


def armed(told: Until) -> datetime | None:
    """The limit by which warnings count."""
    return None if told.in_doubt else told.limit


def keys(track: Track, receipt: Receipt, kind: str, alert: str) -> list[HoldKey]:
    """The obligations of a kind that a receipt speaks of: for a request that of its sender's reference, else one for
    each payment that it names. One that names none speaks of the only one that is open."""
    if kind in AMENDING:
        return [(kind, receipt.reference, alert)]
    named = {each.reference for each in receipt.particulars if isinstance(each, Amount) and each.reference}
    if named:
        return [(kind, reference, alert) for reference in sorted(named)]
    still_open = [key for key in track.holds if (key[0], key[2]) == (kind, alert)] if track.holds else []
    return still_open if len(still_open) == 1 else [(kind, "", alert)]
