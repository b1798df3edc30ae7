"""From a moment to a whole story: what is filed, what happens to it and when.

Delays are drawn step by step. Times of customs are whole seconds, as on the wire; the messages of a story reach us in
the order in which they were sent, unless a fault is done to them later.
"""

from datetime import datetime
from random import Random

from clearance.events.tables.durations import Calendar
from clearance.simulator import plans
from clearance.simulator.cargo import drawn
from clearance.simulator.identities import Identity, Numbers
from clearance.simulator.odds import Odds
from clearance.simulator.script import AT_ONCE, Step
from clearance.simulator.sections import Authority
from clearance.simulator.story import Cargo, Consignment, Post, Story
from clearance.simulator.waits import Waits, whole


def planned(
    name: str,
    number: int,
    authority: Authority,
    filed_at: datetime,
    odds: Odds,
    calendar: Calendar,
    numbers: Numbers,
    draw: Random,
) -> Story:
    """The story without faults and labels. `numbers` gives out its identities and remembers that it did."""
    cargo = drawn(number, authority, odds, draw)
    inspected = draw.random() < odds.figures.credit[cargo.credit].inspected
    scenario = odds.scenario(authority, cargo.direction, inspected).pick(draw)
    steps = odds.steps(scenario, cargo.connection, cargo.direction)
    posts = _posts(name, steps, filed_at, Waits(odds, calendar, cargo, draw))
    identities = [_identity(cargo, numbers, filed_at) for _ in range(steps[-1].filing + 1)]
    return Story(name, scenario, filed_at, cargo, tuple(identities), tuple(posts))


def _posts(name: str, steps: list[Step], filed_at: datetime, waits: Waits) -> list[Post]:
    posts: list[Post] = []
    at = received = released_at = whole(filed_at)
    sent_at: datetime | None = None
    berth: plans.Berth | None = None
    for step in steps:
        if step.delay != AT_ONCE:
            at = whole(waits.after(at, step.delay))
        if step.word.word == "arrived":
            berth = plans.berth(at, waits)
        elif step.word.word == "departed" and berth is not None:
            at = max(at, plans.reached(berth, released_at, waits).departure_at)
        else:
            sent_at = at if step.word.form == "envelope" else sent_at
            received = max(received, waits.after(at, "delivery"))
            own = f"{name}-{len(posts) + 1:02}-{step.word.word}"
            posts.append(Post(own, step.word, step.filing, at, received, sent_at))
            released_at = at if step.word.stands == "released" else released_at
            at = at if step.word.timed else whole(received)
    if berth is not None and waits.draw.random() < waits.odds.figures.transport_plans.share:
        return plans.stated(name, posts, berth, waits)
    return posts


def _identity(cargo: Cargo, numbers: Numbers, filed_at: datetime) -> Identity:
    office = cargo.office.code if isinstance(cargo, Consignment) else ""
    return numbers.new(office, cargo.direction, filed_at, cargo.number)
