"""Who will soon be without a key. Pure.

The surprise: a key that ends is nothing while its holder has another that lasts, as after `clearance keys roll`.
"""

from collections.abc import Iterable
from datetime import datetime

from clearance.access.scopes import Holder
from clearance.access.verdicts import Key


def first_ends(keys: Iterable[Key], now: datetime) -> dict[Holder, datetime]:
    """By kind of holder, when the first of them will have no valid key any more. One that has none is left out, and one
    of whose keys one does not end."""
    lasts: dict[tuple[Holder, str], datetime | None] = {}
    for key in keys:
        if key.state(now) == "valid":
            lasts[key.holder, key.name] = _later(lasts.get((key.holder, key.name), now), key.expires_at)
    ends: dict[Holder, datetime] = {}
    for (holder, _), end in lasts.items():
        if end is not None:
            ends[holder] = min(end, ends.get(holder, end))
    return ends


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return None if one is None or other is None else max(one, other)
