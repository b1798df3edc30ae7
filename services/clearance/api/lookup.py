"""From a number to the declaration that it means: one, none, or several that are listed and never chosen from.

A number may be known before anybody knows to which primary number it belongs. It is then a declaration of its own, and
so are the other numbers of the same filing: of these the one that messages are filed under stands for all. A reusable
number that leads to several is listed beside them if it holds messages that may be of any of them; its id names it.

As it is written goes first. What is known under no such number is taken as what people mean: without blanks around,
full-width letters as narrow ones, and the numbers that an authority gives in capitals and without blanks within.
"""

import unicodedata
from collections.abc import Iterable
from functools import cache

from clearance.api.links import of_declaration, without_slashes_undone
from clearance.api.problems import Problem
from clearance.api.words import Words
from clearance.settings.tables import default_tables
from clearance.store.reader import Reader
from clearance.store.rows import Meant, Stored

LISTED = 100
"""Declarations that are listed where a number means several."""
LAST = 1000
"""The order of a kind of number that no authority here has."""


def meanings(number: str) -> list[Meant]:
    """What a number may be meant as: a bare value, `kind:value`, `authority:kind:value`."""
    first, _, rest = number.partition(":")
    second, _, value = rest.partition(":")
    found = [Meant("", "", number)]
    kinds = default_tables().numbers.of
    if rest and any(first in of for of in kinds.values()):
        found.append(Meant("", first, rest))
    if first in kinds and value and any(second in of for of in kinds.values()):
        found.append(Meant(first, second, value))
    return found


def respelt(number: str) -> list[Meant]:
    """What a number may be meant as that is written in another way than it is kept."""
    plain = without_slashes_undone(number)
    narrow = meanings(unicodedata.normalize("NFKC", plain).strip())
    given = [
        Meant(authority, kind, "".join(one.value.split()).upper())
        for one in narrow
        for authority, kind in _given_by_authorities()
        if one.authority in ("", authority) and one.kind in ("", kind)
    ]
    written = meanings(number)
    return [one for one in dict.fromkeys((*meanings(plain), *narrow, *given)) if one not in written]


@cache
def _given_by_authorities() -> tuple[tuple[str, str], ...]:
    """Authority and kind of numbers whose form an authority has fixed: primary ones, and those with a pattern."""
    kinds = default_tables().numbers.of
    return tuple(
        (authority, row.kind)
        for authority, rows in kinds.items()
        for row in rows.values()
        if row.role == "primary" or row.pattern
    )


def matching(reader: Reader, number: str) -> list[str]:
    """Ids of the declarations that a number means, at most `LISTED` + 1."""
    found = reader.carriers(meanings(number), LISTED + 1)
    if not found and (others := respelt(number)):
        found = reader.carriers(others, LISTED + 1)
    kept = standing(reader, found) if 1 < len(found) <= LISTED else found
    return next(([one] for one in (number, without_slashes_undone(number)) if one in kept), kept)


def standing(reader: Reader, ids: list[str]) -> list[str]:
    """Without those whose own number another of them carries that goes before it, and no more than one if it is
    reusable."""
    own = {one: one.partition(":")[2] for one in ids}
    holds = reader.carried(ids, {number.partition(":")[2] for number in own.values()})
    before = {one: [other for other in ids if _goes_before(other, one) and (other, own[one]) in holds] for one in ids}
    reusable = default_tables().numbers.reusable
    return [one for one in ids if not before[one] or (len(before[one]) > 1 and one.startswith(reusable))]


def _goes_before(one: str, other: str) -> bool:
    return one.partition(":")[0] == other.partition(":")[0] and _order(one) < _order(other)


def _order(declaration: str) -> int:
    """The order in which messages are filed under kinds of number; a kind that is not known here comes last."""
    authority, kind, _ = declaration.split(":", 2)
    row = default_tables().numbers.kind(authority, kind)
    return row.order if row else LAST


def the_one(reader: Reader, number: str, words: Words) -> Stored:
    """The declaration that a number means. Raises `Problem`: unknown, or several."""
    ids = matching(reader, number)
    found = reader.declarations(ids[:LISTED])
    if not found:
        raise Problem("unknown-number", number=number)
    if len(ids) == 1:
        return found[0]
    listed = _listed(reader, found, number, words)
    complete = len(ids) <= LISTED
    raise Problem("several-declarations", number=number, count=len(listed), complete=complete, declarations=listed)


def _listed(reader: Reader, found: Iterable[Stored], number: str, words: Words) -> list[dict[str, object]]:
    rows = list(found)
    values = {meant.value for meant in (*meanings(number), *respelt(number))}
    kinds = reader.carried([row.id for row in rows], values)
    of: dict[str, list[str]] = {}
    for declaration, one in sorted(kinds):
        of.setdefault(declaration, []).append(one.partition(":")[0])
    return [shown(row, of.get(row.id, []), words) for row in rows]


def shown(row: Stored, kinds: list[str], words: Words) -> dict[str, object]:
    """One of several that a number means, by numbers of these kinds."""
    return {
        "id": row.id,
        "kinds": kinds,
        "status": {"code": row.status, "words": words.of("status", row.status)},
        "in_progress": row.open,
        "links": of_declaration(row.id),
    }
