"""The group in which failures are most concentrated, as wide as they reach.

Of all groups of one or two attributes the one with the highest likelihood ratio is taken. It may be the worst corner
of what has failed: where the rest of a group that it lies in fails too, that group is the answer. So a whole office is
named when all of it stands still, and one chapter at an office when only that does.
"""

from collections.abc import Mapping

from msgspec import Struct

from clearance.events.incidents.goods import borne_out
from clearance.events.incidents.groups import EVERYTHING, UNNAMED, Count, Group, parents, unnamed
from clearance.events.incidents.likelihood import Part, concentration
from clearance.events.incidents.usual import Usual

LEAST = 5
"""A group in which fewer failed is no incident: each of them is looked at by itself."""
RAISED = 1.5
"""A rest fails too when it fails so many times as much as what lies outside …"""
SIGNIFICANT = 2.0
"""… and that is no chance: 1.92 nats are 95 % of one degree of freedom."""
NOTHING_ELSE: Mapping[Group, int] = {}


class Finding(Struct, frozen=True):
    """A group in which more fail than elsewhere. `ratio` is that of the likelihoods, in nats."""

    group: Group
    part: Part
    ratio: float


def find(counts: Mapping[Group, Count], usual: Usual, elsewhere: Mapping[Group, int] = NOTHING_ELSE) -> Finding | None:
    """None where no group is raised. `counts` hold with a group those that it lies in, and `EVERYTHING`; `elsewhere`
    how many incidents account for already, which are not in `counts`."""
    parts = {group: Part(*number, number.all * usual.share(group)) for group, number in counts.items()}
    ratios = {group: _ratio(group, parts, usual) for group in parts if UNNAMED not in group}
    best = max(ratios, key=lambda group: (round(ratios[group], 6), -len(group), group))
    if not ratios[best]:
        return None
    while wider := [group for group in parents(best) if group and _reaches(parts, elsewhere, best, group)]:
        best = max(wider, key=lambda group: (round(ratios[group], 6), group))
    return Finding(best, parts[best], ratios[best])


def _ratio(group: Group, parts: Mapping[Group, Part], usual: Usual) -> float:
    """That of the group alone, or with those that may be of it: the fewer say as much, if those say nothing."""
    ratio = concentration(parts[group], parts[EVERYTHING].without(parts[group]))
    return max(ratio, borne_out(group, parts, usual)) if ratio else 0.0


def _reaches(parts: Mapping[Group, Part], elsewhere: Mapping[Group, int], inner: Group, outer: Group) -> bool:
    """Whether what makes the inner group fail reaches the rest of the outer one, or most of that is known to fail. What
    may be of the inner one, as it names no goods, is not of the rest."""
    rest, outside = parts[outer].without(parts[inner]), parts[EVERYTHING].without(parts[outer])
    known = elsewhere.get(outer, 0) - elsewhere.get(inner, 0)
    there = unnamed(inner)
    if there in parts and unnamed(outer) == outer and there != inner:
        rest, known = rest.without(parts[there]), known - elsewhere.get(there, 0)
    if not rest.all or known > rest.all:
        return True
    return rest.lift >= RAISED * outside.lift and concentration(rest, outside) >= SIGNIFICANT
