"""What analysts have told, beside what follows from the log: counts of days, incidents, who has filed twice."""

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

from tests.analyst.told import all_expected, incidents_told, incidents_wanted, related_held, related_wanted, written

from clearance.testing.oracle import Findings, Truth

Name = TypeVar("Name", str, bytes)


class ToldByAnalysts(NamedTuple):
    """How many counts of days, how many incidents, whatever became of each, and how many declarations that are related
    to others."""

    parts: int = 0
    incidents: int = 0
    related: int = 0


async def has_told(bootstrap: str, truth: Truth) -> bool:
    """Whether all incidents are told, and all that are related: who tells them follows logs that analysts write, and
    may be behind these when analysts have read all that trackers tell."""
    if related_held(truth) != related_wanted(truth):
        return False
    return incidents_wanted(truth).keys() <= await incidents_told(bootstrap)


async def compare(bootstrap: str, truth: Truth, found: Findings) -> ToldByAnalysts:
    """Adds to `found` whatever differs."""
    told, wanted = await written(bootstrap), all_expected(truth)
    found.lost += [f"part {place}" for place in sorted(wanted.keys() - told.parts.keys())]
    found.unasked += [f"part {place}" for place in sorted(told.parts.keys() - wanted.keys())]
    differ = [place for place, part in told.parts.items() if wanted.get(place, part) != part]
    found.wrong += [f"part {place}" for place in [*told.altered, *differ]]
    incidents, due = await incidents_told(bootstrap), incidents_wanted(truth)
    found.lost += [f"incident {value.decode()}" for value in sorted(due.keys() - incidents)]
    found.unasked += [f"incident {value.decode()}" for value in sorted(incidents - due.keys())]
    found.wrong += [f"what {name} is related to" for name in differences(related_held(truth), related_wanted(truth))]
    return ToldByAnalysts(
        parts=len(told.parts),
        incidents=len({one.incident.incident for one in due.values()}),
        related=len(related_wanted(truth)),
    )


def differences(held: Mapping[Name, Any], wanted: Mapping[Name, Any]) -> list[Name]:
    """What is not the same in both, or in one only."""
    return sorted(name for name in held.keys() | wanted.keys() if held.get(name) != wanted.get(name))
