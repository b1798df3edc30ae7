"""Groups of declarations by what they share, and how many of each failed.

A group is named by one or two attributes with their values. A declaration with two chapters is in the groups of each,
and in none of both.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import combinations
from typing import NamedTuple

from clearance.events.learning.course import MOST_CHAPTERS
from clearance.events.learning.expectations import LONGEST_NAME

Pair = tuple[str, str]
"""(attribute, value): `("office", "2901")`."""
Attributes = tuple[Pair, ...]
"""What one declaration has, in order; of chapters it may have several."""
Group = tuple[Pair, ...]
"""What many share, in order: `(("chapter", "84"), ("office", "2901"))`."""
EVERYTHING: Group = ()
UNNAMED: Pair = ("chapter", "")
"""Of a declaration that names no goods: who is told of by receipts alone does not. No group is called after it."""
MOST_ATTRIBUTES = 2
"""With three, who must act can hardly say what they have in common; and each one more is ten times as many groups."""


class Row(NamedTuple):
    """So many that are alike in all attributes, and how many of them failed."""

    attributes: Attributes
    failed: float
    all: float


class Count(NamedTuple):
    """Of a group."""

    failed: float
    all: float


def attributes_of(values: Mapping[str, Iterable[str]]) -> Attributes:
    """In order, from the values of each attribute."""
    return tuple(sorted({(name, value) for name, given in values.items() for value in given}))


def of_a_declaration(office: str, chapters: Iterable[str], broker: str, trader: str, form: str) -> Attributes:
    """Those of a declaration, cut as in its course; what is not known is empty. `form` is the format of its first
    message."""
    known = {"office": office, "broker": broker, "trader": trader, "format": form}
    single = {name: [value[:LONGEST_NAME]] for name, value in known.items() if value}
    return attributes_of({"chapter": sorted({*chapters})[:MOST_CHAPTERS] or [UNNAMED[1]]} | single)


def groups_of(attributes: Attributes) -> Iterator[Group]:
    """Every group that it is in, `EVERYTHING` first."""
    for size in range(MOST_ATTRIBUTES + 1):
        for group in combinations(attributes, size):
            if size < 2 or len({name for name, _ in group}) == size:
                yield group


def holds(group: Group, attributes: Attributes) -> bool:
    """Whether what has these attributes is in the group."""
    return all(pair in attributes for pair in group)


def may_hold(group: Group, attributes: Attributes) -> bool:
    """Whether what has these attributes may be in the group: it has one of the pair, and of the other it is not known
    what it has."""
    known = {name for name, value in attributes if value}
    inside = [pair in attributes for pair in group]
    return not group or (
        any(inside) and all(one or pair[0] not in known for one, pair in zip(inside, group, strict=True))
    )


def unnamed(group: Group) -> Group:
    """Those that may be of a group of goods: they share the rest, and name no goods. Of any other group itself."""
    return tuple(UNNAMED if name == UNNAMED[0] else (name, value) for name, value in group)


def parents(group: Group) -> list[Group]:
    """The groups that it lies in, each by one attribute less."""
    return [group[:nth] + group[nth + 1 :] for nth in range(len(group))]


def count(rows: Collection[Row], least: float = 0) -> dict[Group, Count]:
    """By group; of those in which fewer than `least` failed only `EVERYTHING`."""
    failed = _sums((row.attributes, row.failed) for row in rows if row.failed)
    if not least:
        everyone = _sums((row.attributes, row.all) for row in rows)
        return {group: Count(failed.get(group, 0.0), number) for group, number in everyone.items()}
    kept = {group for group, number in failed.items() if number >= least} | {EVERYTHING}
    pairs = {pair for group in kept for pair in group}
    everyone = _sums((tuple(pair for pair in row.attributes if pair in pairs), row.all) for row in rows)
    return {group: Count(failed.get(group, 0.0), everyone.get(group, 0.0)) for group in sorted(kept)}


def _sums(numbers: Iterable[tuple[Attributes, float]]) -> dict[Group, float]:
    """The number of each group: the sum over what is in it."""
    alike: dict[Attributes, float] = defaultdict(float)
    for attributes, number in numbers:
        alike[attributes] += number
    sums: dict[Group, float] = defaultdict(float)
    for attributes, number in alike.items():
        for group in groups_of(attributes):
            sums[group] += number
    return sums
