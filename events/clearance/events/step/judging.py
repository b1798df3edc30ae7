"""What a step says of the stay that it ended: whether it was too long by what was learned. The analyst counts by it."""

from datetime import datetime

from msgspec.structs import replace

from clearance.events.anomalies.stay import begun
from clearance.events.learning.deferral import Deferral
from clearance.events.learning.expectations import Expectations
from clearance.events.learning.judged import judged_at_end
from clearance.events.standing.statements import in_force, plans
from clearance.events.step.declaration import Declaration
from clearance.events.step.outputs import Changed, Step
from clearance.events.tables.tables import Tables


def judged(taken: Step, before: Declaration, tables: Tables, expectations: Expectations) -> Step:
    """The step with what it says, where nothing has said so before. A receipt of earlier ends no stay."""
    given = before.deferral
    if given is None or not taken.events:
        return taken
    first, ended = taken.events[0], _ended(given, taken.declaration, tables)
    if ended is None or not isinstance(first.data, Changed):
        return taken
    said = judged_at_end(given, ended, before.authority, tables, expectations)
    if said is None:
        return taken
    told = replace(first, data=replace(first.data, judged=said))
    return replace(taken, events=(told, *taken.events[1:]))


def _ended(given: Deferral, after: Declaration, tables: Tables) -> datetime | None:
    """When the stay was over: by the next stage, or because it waits for something else there."""
    now = begun(after.track, in_force(plans(after.facts)), tables)
    return min([at for at in (after.track.since, now.at) if at > given.began], default=None)
