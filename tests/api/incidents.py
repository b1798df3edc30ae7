"""An incident as the analyst tells of it."""

from datetime import UTC, datetime, timedelta

from clearance.events.incidents.groups import Group
from clearance.events.incidents.incident import Incident
from clearance.events.incidents.lookout import IncidentTold

SINCE = datetime(2026, 3, 2, 2, 2, tzinfo=UTC)
CHAPTER: Group = (("chapter", "84"), ("office", "2901"))
HOUR = timedelta(hours=1)


def incident_of(
    *members: str, name: str = "a" * 16, group: Group = CHAPTER, at: datetime = SINCE + HOUR, closed: bool = False
) -> IncidentTold:
    found = Incident(
        incident=name,
        authority="cn",
        kind="stuck",
        group=group,
        since=SINCE,
        failing_since=SINCE,
        opened_at=SINCE + HOUR,
        lift=98.0,
        members=tuple(sorted(members)),
        most=len(members),
        closed_at=at if closed else None,
    )
    return IncidentTold(epoch=0, at=at, incident=found)
