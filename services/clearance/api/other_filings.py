"""Other declarations of the same goods, each named only to who sees it: another filing exists, and no more. Pure."""

from collections.abc import Collection

from clearance.api import links, models
from clearance.api.words import Words
from clearance.events.receipts.related import UNRELATED, Counterpart, Related


def possible_duplicate_of(related: Related | None, seen: Collection[str], words: Words) -> list[models.OtherFiling]:
    """Those that it may repeat, the first one first; `seen` are the ids that may be named."""
    return [_shown(one, seen, words) for one in (related or UNRELATED).possible_duplicate_of]


def refiles(related: Related | None, seen: Collection[str], words: Words) -> models.OtherFiling | None:
    """The one that it was filed anew for."""
    one = (related or UNRELATED).refiles
    return None if one is None else _shown(one, seen, words)


def _shown(one: Counterpart, seen: Collection[str], words: Words) -> models.OtherFiling:
    name = one.declaration if one.declaration in seen else ""
    return models.OtherFiling(
        declaration=name,
        shares=[models.Coded(code=each, words=words.of("shares", each)) for each in one.shares],
        since=one.since,
        other_bill=one.other_bill,
        links={"declaration": links.to_declaration(name)} if name else {},
    )
