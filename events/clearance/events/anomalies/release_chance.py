"""How likely a declaration is released before the cut-off of its transport plan, by what was learned. Pure.

Of those that stood as long at its stage, and then at each stage that comes before the release. That a stage ends is
taken for a step towards it: what is rejected instead counts as moved on.

No answer tells it yet: counted from the review it is worse than the base rate (docs/evaluation.md). Stays before the
release are to be learned from the arrival of the goods first.
"""

from datetime import datetime

from clearance.events.anomalies.silence import Shown, stay_of
from clearance.events.learning.cohorts import ANY, chain
from clearance.events.learning.expectations import Expectations
from clearance.events.learning.expected import answering
from clearance.events.learning.sequence import probability_of_all
from clearance.events.standing.track import RELEASED
from clearance.events.tables.tables import Tables


def release_chance(
    authority: str, shown: Shown, tables: Tables, table: Expectations | None, now: datetime
) -> float | None:
    """The probability at that time. None without a cut-off, after the release, and where too little was learned."""
    cut_off = shown.transport_plan.cut_off_at
    if table is None or cut_off is None or shown.since is None or not shown.open or shown.stage in RELEASED:
        return None
    stay = stay_of(authority, shown, shown.since, tables)
    later = [stay._replace(status=stage, hour_class=ANY) for stage in _to_come(authority, shown.stage, tables)]
    first, *then = [answering(one, chain(), table)[1] for one in (stay, *later)]
    known = [one for one in then if one is not None]
    if first is None or len(known) < len(then):
        return None
    return probability_of_all(first, max(now, shown.since) - shown.since, cut_off - shown.since, known)


def _to_come(authority: str, stage: str, tables: Tables) -> list[str]:
    """The stages between this one and the release."""
    statuses = tables.codes.statuses
    before = tables.authorities[authority].profile.before_release
    return [one for one in before if statuses[one].rank > statuses[stage].rank]
