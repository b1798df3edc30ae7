"""Groups of declarations by what they share, and how many of each failed.

A group is named by one or two attributes with their values. A declaration with two chapters is in the groups of each,
and in none of both.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import combinations
from typing import NamedTuple

Attributes = Mapping[str, tuple[str, ...]]
"""Values by the attribute's name: `{"office": ("2901",), "chapter": ("84", "85")}`."""
Group = tuple[tuple[str, str], ...]
"""(attribute, value), ordered by attribute: `(("chapter", "84"), ("office", "2901"))`."""
EVERYTHING: Group = ()
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


def groups_of(attributes: Attributes, among: Collection[Group] | None = None) -> Iterator[Group]:
    """Every group that it is in, `EVERYTHING` first; `among` holds the groups of one attribute that matter."""
    pairs = [(name, value) for name in sorted(attributes) for value in attributes[name]]
    chosen = pairs if among is None else [pair for pair in pairs if (pair,) in among]
    yield EVERYTHING
    for size in range(1, MOST_ATTRIBUTES + 1):
        for group in combinations(chosen, size):
            if len({name for name, _ in group}) == size:
                yield group


def holds(group: Group, attributes: Attributes) -> bool:
    """Whether what has these attributes is in the group."""
    return all(value in attributes.get(name, ()) for name, value in group)


def parents(group: Group) -> list[Group]:
    """The groups that it lies in, each by one attribute less."""
    return [group[:nth] + group[nth + 1 :] for nth in range(len(group))]


def count(rows: Iterable[Row], least: float = 0) -> dict[Group, Count]:
    """By group; of those in which fewer than `least` failed only `EVERYTHING`."""
    held = list(rows)
    failed = _failed(held)
    kept = {group for group, number in failed.items() if number >= least} if least else None
    everyone: dict[Group, float] = defaultdict(float, {EVERYTHING: 0.0})
    for row in held:
        for group in groups_of(row.attributes, kept):
            everyone[group] += row.all
    wanted = everyone.keys() if kept is None else everyone.keys() & {*kept, EVERYTHING}
    return {group: Count(failed.get(group, 0.0), everyone[group]) for group in sorted(wanted)}


def _failed(rows: Iterable[Row]) -> dict[Group, float]:
    failed: dict[Group, float] = defaultdict(float)
    for row in rows:
        if row.failed:
            for group in groups_of(row.attributes):
                failed[group] += row.failed
    return failed
