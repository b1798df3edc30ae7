"""Incidents in a simulated field, held against its outages.

An incident is right when at least half of its members truly stand still because of one outage. An outage can be found
when it befalls as many as an incident needs; the delay counts from when the last of these could be known.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from clearance.evaluation.scores import Estimate, estimate
from clearance.events.incidents.groups import Group
from clearance.events.incidents.incident import Incident
from clearance.events.incidents.scan import LEAST
from clearance.simulator.life import Life, Trouble
from clearance.simulator.outages import Outage

Troubles = Mapping[str, Sequence[Trouble]]
"""By the outage that caused them."""


class IncidentTally(Struct, frozen=True):
    """Counts of one seed. `exact`: of what was right, how often exactly the attributes of the outage were named.
    `delays` in seconds, of outages that were found."""

    incidents: int = 0
    right: int = 0
    exact: int = 0
    outages: int = 0
    found: int = 0
    delays: tuple[float, ...] = ()


class IncidentScore(Struct, frozen=True):
    """How incidents did, of all seeds; None where nothing was to be counted."""

    incidents: int
    outages: int
    precision: Estimate | None
    recall: Estimate | None
    exact: Estimate | None
    delay_minutes: Estimate | None


def tally(incidents: Iterable[Incident], lives: Iterable[Life], outages: Iterable[Outage]) -> IncidentTally:
    """Of one seed."""
    troubles = _by_outage(lives)
    by_name = {outage.name: outage for outage in outages}
    findable = {name for name, members in troubles.items() if len(members) >= LEAST}
    right = [(one, name) for one in incidents if (name := _cause(one, troubles))]
    first: dict[str, datetime] = {}
    for one, name in right:
        first[name] = min(one.opened_at, first.get(name, one.opened_at))
    return IncidentTally(
        incidents=len([*incidents]),
        right=len(right),
        exact=sum(one.group == group_of(by_name[name]) for one, name in right),
        outages=len(findable | first.keys()),
        found=len(first),
        delays=tuple(sorted(_delay(troubles[name], at) for name, at in first.items())),
    )


def group_of(outage: Outage) -> Group:
    """What those have in common whom it befalls."""
    named = {"chapter": outage.chapter, "office": outage.office}
    return tuple((name, value) for name, value in named.items() if value)


def score(tallies: Sequence[IncidentTally]) -> IncidentScore:
    """Of one tally for each seed; seeds are drawn for the intervals."""

    def ratio(part: str, whole: str) -> Estimate | None:
        return estimate(f"incidents {part}", tallies, _ratio(part, whole))

    return IncidentScore(
        incidents=sum(one.incidents for one in tallies),
        outages=sum(one.outages for one in tallies),
        precision=ratio("right", "incidents"),
        recall=ratio("found", "outages"),
        exact=ratio("exact", "right"),
        delay_minutes=estimate("incidents delay", tallies, _median_minutes),
    )


def _by_outage(lives: Iterable[Life]) -> dict[str, list[Trouble]]:
    """Causes that are no scenario; a declaration that was held twice counts once."""
    found: dict[str, dict[str, Trouble]] = {}
    for life in lives:
        for trouble in life.troubles:
            if trouble.cause != life.scenario:
                found.setdefault(trouble.cause, {}).setdefault(trouble.about, trouble)
    return {name: list(troubles.values()) for name, troubles in found.items()}


def _cause(incident: Incident, troubles: Troubles) -> str:
    """The outage because of which most of its members fail; "" if there is none."""
    members = {*incident.members}
    shares = {name: len(members & {one.about for one in those}) for name, those in troubles.items()}
    best = max(shares, key=lambda name: (shares[name], name), default="")
    return best if best and 2 * shares[best] >= len(members) else ""


def _delay(troubles: Sequence[Trouble], at: datetime) -> float:
    known = sorted(one.due for one in troubles)[:LEAST][-1]
    return max((at - known) / timedelta(seconds=1), 0.0)


def _ratio(part: str, whole: str) -> Callable[[Sequence[IncidentTally]], float | None]:
    def ratio(some: Sequence[IncidentTally]) -> float | None:
        total: int = sum(getattr(one, whole) for one in some)
        return sum(getattr(one, part) for one in some) / total if total else None

    return ratio


def _median_minutes(some: Sequence[IncidentTally]) -> float | None:
    delays = sorted(seconds for one in some for seconds in one.delays)
    return delays[len(delays) // 2] / 60 if delays else None
