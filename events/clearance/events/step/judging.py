"""What a step says of the stay that it ended: whether it was too long by what was learned. The analyst counts by it."""

from msgspec.structs import replace

from clearance.events.learning.expectations import Expectations
from clearance.events.learning.judged import judged_at_end
from clearance.events.step.declaration import Declaration
from clearance.events.step.outputs import Changed, Step
from clearance.events.tables.tables import Tables


def judged(taken: Step, before: Declaration, tables: Tables, expectations: Expectations) -> Step:
    """The step with what it says, where nothing has said so before. A receipt of earlier ends no stay."""
    given, ended = before.deferral, taken.declaration.track.since
    if given is None or ended <= given.began or not taken.events:
        return taken
    first = taken.events[0]
    if not isinstance(first.data, Changed):
        return taken
    said = judged_at_end(given, ended, before.authority, tables, expectations)
    if said is None:
        return taken
    told = replace(first, data=replace(first.data, judged=said))
    return replace(taken, events=(told, *taken.events[1:]))
