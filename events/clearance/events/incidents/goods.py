"""What declarations that name no goods say of a group of goods.

Most are told of by receipts alone, which name none. As many of them are of a chapter at an office as of those that name
their goods. So where a chapter stands still at an office, so many more of those that name nothing stand still there.
"""

from collections.abc import Mapping

from clearance.events.incidents.groups import EVERYTHING, UNNAMED, Group, unnamed
from clearance.events.incidents.likelihood import SURE, Part, raised, surprise
from clearance.events.incidents.usual import Usual


def borne_out(group: Group, parts: Mapping[Group, Part], usual: Usual) -> float:
    """In nats, how much likelier it is that the group fails more, and such a share of those that may be of it too, than
    that all fail alike; 0 where nothing may be of it. As much as everything is raised, so are they."""
    there, part, everything = unnamed(group), parts[group], parts[EVERYTHING]
    if there == group or there not in parts:
        return 0.0
    other, outside = parts[there], everything.without(part).without(parts[there])
    if not (other.all and outside.all and outside.expected):
        return 0.0
    of_it, both, apart = share_of(group, usual), raised(everything), raised(outside)
    elsewhere = min(other.expected * apart, SURE * other.all)
    so_many = of_it * part.failed / part.all * other.all + (1 - of_it) * elsewhere
    alike = surprise(part, both) + surprise(other, both) + surprise(outside, both)
    return alike - surprise(Part(other.failed, other.all, so_many)) - surprise(outside, apart)


def share_of(group: Group, usual: Usual) -> float:
    """Of those that name their goods and share the rest of a group, which share is usually of it."""
    outer = tuple(pair for pair in group if pair[0] != UNNAMED[0])
    here, nameless = usual.counts.get(outer), usual.counts.get(unnamed(group))
    there = usual.counts.get(group)
    named = here.all - (nameless.all if nameless else 0.0) if here else 0.0
    return min(there.all / named, 1.0) if there and named > 0 else 0.0
