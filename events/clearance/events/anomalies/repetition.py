"""What the analyst's word about other declarations makes wrong: the same goods may be declared twice (A33).

The other declaration is not named here: whoever sees this one need not see that one.
"""

from clearance.events.receipts.related import KINDS, Related
from clearance.events.standing.track import Signal, Track, is_open
from clearance.events.tables.tables import Tables
from clearance.events.values.times import rfc3339

RULE = "A33"


def possible_duplicate(track: Track, related: Related, tables: Tables) -> Signal | None:
    """A33: another declaration of the same goods had no decision when this was filed, and not under another bill. It
    ends when either is turned down, which the analyst tells, or when this one has come to its end."""
    others = [one for one in related.possible_duplicate_of if not one.other_bill]
    if not others or not track.taken or not is_open(track, tables):
        return None
    shared = {kind for kin in others for kind in kin.shares}
    return Signal(
        rule=RULE,
        since=related.filed_at,
        receipts=(track.taken[0].fact.receipt.receipt_id,),
        says="_and_".join(kind for kind in KINDS if kind in shared),
        about={"silent_since": rfc3339(others[0].since), "others": str(len(others))},
    )
