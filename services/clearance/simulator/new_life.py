"""A new life, drawn for the moment of a filing: what is filed, what happens to it and when.

Delays are drawn step by step. Times of customs are whole seconds, as on the wire; the messages of a life reach us in
the order in which they were sent, unless a fault is done to them later.
"""

from datetime import datetime, timedelta
from random import Random

from msgspec.structs import replace

from clearance.events.tables.calendars import Calendar
from clearance.simulator import transport_plans
from clearance.simulator.cargo import drawn_cargo
from clearance.simulator.conditions import Conditions
from clearance.simulator.identities import FilingNumbers, Numbers
from clearance.simulator.life import Cargo, Consignment, Hold, Life, Post
from clearance.simulator.odds import Odds
from clearance.simulator.script import AT_ONCE, ScriptStep
from clearance.simulator.sections import Authority
from clearance.simulator.troubles import troubles
from clearance.simulator.waits import Waits, whole_second

REJECTED_LIFE = "rejected-and-filed-anew"
"""The scenario of what is filed while an outage rejects it."""
DOWN = "outage"
"""The delay of scripts that speak of a step that comes far too late."""


def new_life(
    name: str,
    number: int,
    authority: Authority,
    filed_at: datetime,
    odds: Odds,
    calendar: Calendar,
    numbers: Numbers,
    draw: Random,
    conditions: Conditions | None = None,
) -> Life:
    """The life without faults and labels. `numbers` gives out its identities and remembers that it did."""
    cargo = drawn_cargo(number, authority, odds, draw)
    inspected = draw.random() < odds.figures.credit[cargo.credit].inspected
    rejections = conditions.rejections(cargo) if conditions else 1.0
    scenario = odds.scenario(authority, cargo.direction, inspected, rejections).pick(draw)
    rejecting = conditions.rejecting(cargo, filed_at, name) if conditions else None
    scenario = REJECTED_LIFE if rejecting else scenario
    steps = odds.steps(scenario, cargo.connection, cargo.direction)
    posts, holds = _posts(name, steps, filed_at, Waits(odds, calendar, cargo, draw, conditions=conditions))
    identities = [_identity(cargo, numbers, filed_at) for _ in range(steps[-1].filing + 1)]
    life = Life(
        name=name,
        scenario=scenario,
        filed_at=filed_at,
        cargo=cargo,
        identities=tuple(identities),
        posts=tuple(posts),
    )
    if conditions is None:
        return life
    return replace(life, troubles=tuple(troubles(life, holds, rejecting.name if rejecting else "")))


def _posts(name: str, steps: list[ScriptStep], filed_at: datetime, waits: Waits) -> tuple[list[Post], list[Hold]]:
    posts: list[Post] = []
    holds: list[Hold] = []
    at = received = released_at = whole_second(filed_at)
    sent_at: datetime | None = None
    berth: transport_plans.Berth | None = None
    for step in steps:
        before = at
        if step.delay != AT_ONCE:
            at = whole_second(waits.after(at, step.delay))
        if step.delay == DOWN:
            holds.append(Hold(step.filing, before, before, at))
        beside = step.delay == AT_ONCE and posts  # what comes at once comes with the step before it
        if not beside and (hold := _held(step, before, at, waits, name)):
            holds.append(hold)
            at = hold.until
        if step.word.word == "arrived":
            berth = transport_plans.berth(at, waits)
        elif step.word.word == "departed" and berth is not None:
            at = max(at, transport_plans.reached(berth, released_at, waits).departure_at)
        else:
            sent_at = at if step.word.form == "envelope" else sent_at
            received = max(received, waits.after(at, "delivery"))
            own = f"{name}-{len(posts) + 1:02}-{step.word.word}"
            post = Post(
                name=own, word=step.word, filing=step.filing, occurred_at=at, received_at=received, sent_at=sent_at
            )
            posts.append(post)
            released_at = at if step.word.stands == "released" else released_at
            at = at if step.word.timed else whole_second(received)
    if berth is not None and waits.draw.random() < waits.odds.figures.transport_plans.share:
        return transport_plans.stated(name, posts, berth, waits), holds
    return posts, holds


def _held(step: ScriptStep, before: datetime, due: datetime, waits: Waits, name: str) -> Hold | None:
    """What keeps a step from coming when it is due; it comes when the outage is over and those before it are done."""
    if waits.conditions is None or (outage := waits.conditions.holding(step.word, waits.cargo, due, name)) is None:
        return None
    drained = waits.spread(outage.drain) if outage.drain else timedelta()
    return Hold(step.filing, before, due, whole_second(outage.until + drained), outage.name)


def _identity(cargo: Cargo, numbers: Numbers, filed_at: datetime) -> FilingNumbers:
    office = cargo.office.code if isinstance(cargo, Consignment) else ""
    return numbers.new(office, cargo.direction, filed_at, cargo.number)
