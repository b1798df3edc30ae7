"""How likely a declaration is released before the cut-off of its transport plan, by what was learned. Pure.

Of those that stood as long at its stage, and then at each stage that comes before the release. What is reviewed counts
from the arrival of its goods: without a reported arrival nothing is told, since before it no release can come, and of
when it comes nobody knows (docs/evaluation.md). That a stage ends is taken for a step towards the release: what is
rejected instead counts as moved on.
"""

from datetime import datetime
from typing import NamedTuple

from clearance.events.anomalies.silence import Shown, stay_of
from clearance.events.learning.cohorts import ANY, Stay, chain
from clearance.events.learning.course import stay_at
from clearance.events.learning.expectations import Expectations
from clearance.events.learning.expected import answering
from clearance.events.learning.sequence import probability_of_all
from clearance.events.standing.track import RELEASED
from clearance.events.tables.tables import Tables


class Chance(NamedTuple):
    """`size`: on how many ended stays of its cohort the probability rests."""

    cut_off_at: datetime
    probability: float
    size: int


def release_chance(
    authority: str, shown: Shown, tables: Tables, table: Expectations | None, now: datetime
) -> Chance | None:
    """As of that time. None without a cut-off or a reported arrival, after the release, and where too little was
    learned."""
    cut_off, arrived_at = shown.transport_plan.cut_off_at, shown.transport_plan.arrived_at
    if table is None or cut_off is None or arrived_at is None:
        return None
    if shown.since is None or not shown.open or shown.stage in RELEASED:
        return None
    stay = stay_of(authority, shown, shown.since, tables)
    first, *then = [answering(one, chain(), table)[1] for one in (stay, *_later(stay, authority, shown, tables))]
    known = [one for one in then if one is not None]
    if first is None or len(known) < len(then):
        return None
    found = probability_of_all(first, max(now, stay.began) - stay.began, cut_off - stay.began, known)
    return None if found is None else Chance(cut_off, found, first.size)


def _later(stay: Stay, authority: str, shown: Shown, tables: Tables) -> list[Stay]:
    """The stays between this one and the release; when they begin nobody knows."""
    statuses, arrived_at = tables.codes.statuses, shown.transport_plan.arrived_at
    before = tables.authorities[authority].profile.before_release
    to_come = [one for one in before if statuses[one].rank > statuses[shown.stage].rank]
    places = [stay_at(one, stay.began, arrived_at).place for one in to_come]
    return [stay._replace(status=one, hour_class=ANY) for one in places]
