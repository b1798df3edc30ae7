"""A transport plan for what is only registered: it is kept with the registration and goes into no log.

The surprise: it is decided at once, and its command is known as long as its plan is the last one stated.
"""

from clearance.access import registrations
from clearance.access.registrations import StatedPlan
from clearance.api.problems import Problem
from clearance.api.registered import bearing
from clearance.api.request import Asked
from clearance.settings.clock import utc_now
from clearance.store.rows import Outcome


def to_registration(ask: Asked, declaration: str, plan: StatedPlan) -> Outcome:
    """What became of the plan. Raises `Problem`: its id was used before, or the registration was withdrawn."""
    with ask.reading() as reader:
        used = bool(reader.outcomes(plan.command_id))
    before = [(one.declaration, one.plan) for one in bearing(ask, [("command", plan.command_id)], 1)]
    if used or before not in ([], [(declaration, plan)]):
        raise Problem("command-id-reused", command_id=plan.command_id)
    now = utc_now()
    if not registrations.state_plan(ask.access, ask.organisation, declaration, plan, now):
        raise Problem("unknown-number", number=declaration)
    return Outcome(plan.command_id, declaration, "accepted", "", now)


def of_registration(ask: Asked, command_id: str) -> Outcome | None:
    """That the plan of a registration was stated by this command; None of any other."""
    for one in bearing(ask, [("command", command_id)], 1) if ask.keeps_registrations else []:
        return Outcome(command_id, one.declaration, "accepted", "", one.changed_at)
    return None
