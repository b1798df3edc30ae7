"""The life of incidents: opened once, growing, found to be wider, closed when the cohort moves.

A function of the set of waits, of the incidents that were known before, and of the time; not of the order of arrival.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from clearance.events.incidents.groups import EVERYTHING, Attributes, holds
from clearance.events.incidents.incident import Incident, Kind, incident_id
from clearance.events.incidents.search import Found, Tallies, Usuals, looks, search, silence
from clearance.events.incidents.usual import NEVER
from clearance.events.incidents.waits import Wait

MOVED = 0.5
"""An incident is over when no more than this share is stuck of the most that were at once …"""
LAST, TWICE = 20, 2.0
"""… or when of the last so many that were judged no more than twice as many failed as usual: what usually fails in a
large group goes on, and would keep its incident open for ever."""


class Watch(Struct, frozen=True):
    """What incidents are looked for in: the waits of one authority, and how many usually fail."""

    authority: str
    kind: Kind
    usuals: Usuals


def advance(previous: Iterable[Incident], tallies: Tallies, watch: Watch, now: datetime) -> tuple[Incident, ...]:
    """The incidents at `now`, in the order in which they opened.

    The tallies are of the waits of the last 48 hours, and of all that were or are of an incident that is open, as of
    now; `previous` may leave out what was closed more than 48 hours ago.
    """
    incidents = [one if one.closed_at else _grown(one, tallies, watch, now) for one in previous]
    while found := _next(incidents, tallies, watch, now):
        incidents = _with(incidents, found, tallies, watch, now)
    return tuple(sorted(incidents, key=lambda one: (one.opened_at, one.incident)))


def _next(incidents: Sequence[Incident], tallies: Tallies, watch: Watch, now: datetime) -> Found | None:
    """The authority may fall silent while parts of it already are; parts may not while all of it is."""
    for tally in tallies.values():
        tally.account(incidents)
    at = looks(tallies, watch.usuals, now)
    is_silent = any(one.group == EVERYTHING and not one.closed_at for one in incidents)
    return (None if is_silent else silence(at)) or search(at)


def _with(incidents: Sequence[Incident], found: Found, tallies: Tallies, watch: Watch, now: datetime) -> list[Incident]:
    """A new one; or one that is open goes on, wider if most of its members lie in the group that was found. What lies
    in its own group makes it none other, wherever it waits."""
    opened = sorted((one for one in incidents if not one.closed_at), key=lambda one: (one.opened_at, one.incident))
    around = [one for one in opened if {*one.group} <= {*found.group}]
    attributes = _attributes(tallies) if opened else {}
    same = [one for one in opened if one in around or _lies_in(one, found, attributes)]
    others = [one for one in incidents if one not in same]
    first, *rest = same or [_opened(found, watch, now)]
    wider = replace(
        first,
        group=around[0].group if around else found.group,
        stages=tuple(sorted({found.stage, *(stage for one in same for stage in one.stages)})),
        since=min(first.since, *(one.since for one in same), *(wait.since for wait in found.members)),
        failing_since=min(first.failing_since, *(one.failing_since for one in same), found.members[0].judged_at),
        lift=0.0,
        members=tuple(sorted({*first.members, *(name for one in same for name in one.members)})),
    )
    closed = [replace(one, closed_at=now, into=first.incident) for one in rest]
    return [*others, *closed, _grown(wider, tallies, watch, now)]


def _attributes(tallies: Tallies) -> dict[str, Attributes]:
    return {wait.declaration: wait.attributes for _, tally in sorted(tallies.items()) for wait in tally.judged()}


def _lies_in(incident: Incident, found: Found, attributes: Mapping[str, Attributes]) -> bool:
    inside = sum(holds(found.group, attributes.get(name, ())) for name in incident.members)
    return 2 * inside > len(incident.members)


def _opened(found: Found, watch: Watch, now: datetime) -> Incident:
    return Incident(
        incident=incident_id(watch.authority, watch.kind, found.members),
        authority=watch.authority,
        kind=watch.kind,
        group=found.group,
        since=min(wait.since for wait in found.members),
        failing_since=found.members[0].judged_at,
        opened_at=now,
        lift=0.0,
        members=(),
        most=0,
        stages=(found.stage,),
    )


def _grown(incident: Incident, tallies: Tallies, watch: Watch, now: datetime) -> Incident:
    """With those that have failed since; closed when the cohort moves."""
    inside = sorted(_inside(incident, tallies), key=lambda wait: (wait.judged_at, wait.key))
    stuck = [wait for wait in inside if wait.stuck(now)]
    failed = {wait.declaration for wait in stuck}
    most = max(incident.most, len(failed))
    lift = len(stuck) / (_expected(incident, inside, watch) or 1.0)
    return replace(
        incident,
        members=tuple(sorted({*incident.members, *failed})),
        lift=max(incident.lift, round(lift, 1)),
        most=most,
        closed_at=now if len(failed) <= most * MOVED or _moves(incident, inside, watch) else None,
    )


def _inside(incident: Incident, tallies: Tallies) -> Iterator[Wait]:
    for gauge, tally in tallies.items():
        if gauge.stage in incident.stages:
            yield from (wait for wait in tally.judged() if incident.accounts_for(wait))


def _moves(incident: Incident, inside: Sequence[Wait], watch: Watch) -> bool:
    """Whether what was judged last, all of it since the incident opened, went on as it usually does."""
    last = inside[-LAST:]
    if len(last) < LAST or last[0].judged_at <= incident.opened_at:
        return False
    return sum(wait.failed for wait in last) <= TWICE * _expected(incident, last, watch)


def _expected(incident: Incident, waits: Sequence[Wait], watch: Watch) -> float:
    """How many of these usually fail."""
    shares = {gauge: usual.share(incident.group) for gauge, usual in watch.usuals.items()}
    return sum(shares.get(wait.gauge, NEVER) for wait in waits)
