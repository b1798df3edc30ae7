"""The group in which failures are most concentrated, as wide as they reach.

Of all groups of one or two attributes the one with the highest likelihood ratio is taken. It may be the worst corner
of what has failed: where the rest of a group that it lies in fails too, that group is the answer. So a whole office is
named when all of it stands still, and one chapter at an office when only that does.
"""

from collections.abc import Mapping

from msgspec import Struct

from clearance.events.incidents.groups import EVERYTHING, Count, Group, parents
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
    ratios = {group: concentration(part, parts[EVERYTHING].without(part)) for group, part in parts.items()}
    best = max(ratios, key=lambda group: (round(ratios[group], 6), -len(group), group))
    if not ratios[best]:
        return None
    while wider := [group for group in parents(best) if group and _reaches(parts, elsewhere, best, group)]:
        best = max(wider, key=lambda group: (round(ratios[group], 6), group))
    return Finding(best, parts[best], ratios[best])


def _reaches(parts: Mapping[Group, Part], elsewhere: Mapping[Group, int], inner: Group, outer: Group) -> bool:
    """Whether what makes the inner group fail reaches the rest of the outer one, or most of that is known to fail."""
    rest, outside = parts[outer].without(parts[inner]), parts[EVERYTHING].without(parts[outer])
    known = elsewhere.get(outer, 0) - elsewhere.get(inner, 0)
    if not rest.all or known > rest.all:
        return True
    return rest.lift >= RAISED * outside.lift and concentration(rest, outside) >= SIGNIFICANT
