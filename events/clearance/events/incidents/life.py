"""The life of incidents: opened once, growing, found to be wider, closed when the cohort moves.

A function of the set of waits, of the incidents that were known before, and of the time; not of the order of arrival.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import compress

from msgspec import Struct
from msgspec.structs import replace

from clearance.events.incidents.groups import EVERYTHING, Attributes, holds
from clearance.events.incidents.incident import Incident, Kind, incident_id
from clearance.events.incidents.search import Found, search, silence
from clearance.events.incidents.usual import Usual
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
    usual: Usual


def advance(previous: Iterable[Incident], waits: Iterable[Wait], watch: Watch, now: datetime) -> tuple[Incident, ...]:
    """The incidents at `now`, in the order in which they opened.

    `waits` are those of the last 48 hours, and all that were or are members of an incident that is open; `previous` may
    leave out what was closed more than 48 hours ago.
    """
    judged = sorted((wait for wait in waits if wait.judged_at <= now), key=lambda one: (one.judged_at, one.declaration))
    incidents = [one if one.closed_at else _grown(one, judged, watch, now) for one in previous]
    while found := _next(incidents, judged, watch, now):
        incidents = _with(incidents, found, judged, watch, now)
    return tuple(sorted(incidents, key=lambda one: (one.opened_at, one.incident)))


def _next(incidents: Sequence[Incident], judged: Sequence[Wait], watch: Watch, now: datetime) -> Found | None:
    """The authority may fall silent while parts of it already are; parts may not while all of it is."""
    over = [one for one in incidents if one.closed_at]
    opened = [one for one in incidents if not one.closed_at]
    _, left = _divided(judged, over)
    if not any(one.group == EVERYTHING for one in opened) and (found := silence(left, watch.usual, now)):
        return found
    accounted, free = _divided(left, opened)
    return search(free, accounted, watch.usual, now)


def _divided(judged: Sequence[Wait], incidents: Sequence[Incident]) -> tuple[Sequence[Wait], Sequence[Wait]]:
    """Those that incidents account for, and the others."""
    if not incidents:
        return (), judged
    inside = [any(one.accounts_for(wait) for one in incidents) for wait in judged]
    return [*compress(judged, inside)], [*compress(judged, (not one for one in inside))]


def _with(
    incidents: Sequence[Incident], found: Found, judged: Sequence[Wait], watch: Watch, now: datetime
) -> list[Incident]:
    """A new one; or, where most members of open ones lie in the group that was found, the first of those, wider."""
    attributes = {wait.declaration: wait.attributes for wait in judged}
    same = [one for one in incidents if not one.closed_at and _lies_in(one, found, attributes)]
    others = [one for one in incidents if one not in same]
    first, *rest = sorted(same, key=lambda one: (one.opened_at, one.incident)) or [_opened(found, watch, now)]
    wider = replace(
        first,
        group=found.group,
        since=min(first.since, *(one.since for one in same), *(wait.since for wait in found.members)),
        failing_since=min(first.failing_since, *(one.failing_since for one in same), found.members[0].judged_at),
        lift=0.0,
        members=tuple(sorted({*first.members, *(name for one in same for name in one.members)})),
    )
    closed = [replace(one, closed_at=now, into=first.incident) for one in rest]
    return [*others, *closed, _grown(wider, judged, watch, now)]


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
    )


def _grown(incident: Incident, judged: Sequence[Wait], watch: Watch, now: datetime) -> Incident:
    """With those that have failed since; closed when the cohort moves."""
    inside = [wait for wait in judged if incident.accounts_for(wait)]
    stuck = sum(wait.stuck(now) for wait in inside)
    failed = {wait.declaration for wait in inside if wait.stuck(now)}
    most = max(incident.most, stuck)
    lift = stuck / max(len(inside), 1) / watch.usual.share(incident.group)
    return replace(
        incident,
        members=tuple(sorted({*incident.members, *failed})),
        lift=max(incident.lift, round(lift, 1)),
        most=most,
        closed_at=now if stuck <= most * MOVED or _moves(incident, inside, watch) else None,
    )


def _moves(incident: Incident, inside: Sequence[Wait], watch: Watch) -> bool:
    """Whether what was judged last, all of it since the incident opened, went on as it usually does."""
    last = inside[-LAST:]
    if len(last) < LAST or last[0].judged_at <= incident.opened_at:
        return False
    return sum(wait.failed for wait in last) <= TWICE * LAST * watch.usual.share(incident.group)
