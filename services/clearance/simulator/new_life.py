"""A new life, drawn for the moment of a filing: what is filed, what happens to it and when.

Delays are drawn step by step. Times of customs are whole seconds, as on the wire; the messages of a life reach us in
the order in which they were sent, unless a fault is done to them later.
"""

from datetime import datetime
from random import Random

from clearance.events.tables.calendars import Calendar
from clearance.simulator import transport_plans
from clearance.simulator.cargo import drawn_cargo
from clearance.simulator.identities import FilingNumbers, Numbers
from clearance.simulator.life import Cargo, Consignment, Life, Post
from clearance.simulator.odds import Odds
from clearance.simulator.script import AT_ONCE, ScriptStep
from clearance.simulator.sections import Authority
from clearance.simulator.waits import Waits, whole_second


def new_life(
    name: str,
    number: int,
    authority: Authority,
    filed_at: datetime,
    odds: Odds,
    calendar: Calendar,
    numbers: Numbers,
    draw: Random,
) -> Life:
    """The life without faults and labels. `numbers` gives out its identities and remembers that it did."""
    cargo = drawn_cargo(number, authority, odds, draw)
    inspected = draw.random() < odds.figures.credit[cargo.credit].inspected
    scenario = odds.scenario(authority, cargo.direction, inspected).pick(draw)
    steps = odds.steps(scenario, cargo.connection, cargo.direction)
    posts = _posts(name, steps, filed_at, Waits(odds, calendar, cargo, draw))
    identities = [_identity(cargo, numbers, filed_at) for _ in range(steps[-1].filing + 1)]
    return Life(
        name=name,
        scenario=scenario,
        filed_at=filed_at,
        cargo=cargo,
        identities=tuple(identities),
        posts=tuple(posts),
    )


def _posts(name: str, steps: list[ScriptStep], filed_at: datetime, waits: Waits) -> list[Post]:
    posts: list[Post] = []
    at = received = released_at = whole_second(filed_at)
    sent_at: datetime | None = None
    berth: transport_plans.Berth | None = None
    for step in steps:
        if step.delay != AT_ONCE:
            at = whole_second(waits.after(at, step.delay))
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
        return transport_plans.stated(name, posts, berth, waits)
    return posts


def _identity(cargo: Cargo, numbers: Numbers, filed_at: datetime) -> FilingNumbers:
    office = cargo.office.code if isinstance(cargo, Consignment) else ""
    return numbers.new(office, cargo.direction, filed_at, cargo.number)
