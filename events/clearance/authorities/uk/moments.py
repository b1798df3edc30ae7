"""When something is due, and when something was decided, as particulars. None marks what cannot be right."""

from collections.abc import Iterator

from clearance.authorities.uk.pointers import date_time
from clearance.authorities.uk.times import moment
from clearance.events.tables.authority import Element
from clearance.events.values.particulars import Decision, Limit
from clearance.events.values.times import rfc3339

MOMENTS = frozenset(
    {"AcceptanceDateTime", "CancellationDateTime", "RejectionDateTime", "EffectiveDateTime", "ReleaseDateTime"}
)
"""Fields of a declaration or a status that say when something was decided."""


def limit(element: Element, field: str, reference: str = "") -> Iterator[Limit | Decision | None]:
    """Until when, for the payment of that reference. What is no time is a decision, as it stands, and is not lost."""
    stated = date_time(element)
    at = moment(stated)
    if at is None or not 2000 <= at.year < 2100:
        yield None
    yield Limit(at, field, reference) if at else Decision(field, stated)


def decided(element: Element, field: str) -> Iterator[Decision | None]:
    """A decision with the name of the field for its code, and the moment as its text."""
    stated = date_time(element)
    at = moment(stated)
    if at is None:
        yield None
    yield Decision(field, rfc3339(at) if at else stated)
