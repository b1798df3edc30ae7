"""Transport plans of exports: cut-off and departure, the arrival of the goods, and the next departure if it is missed.

The broker states a plan once the declaration is reviewed, again when the goods have arrived, and again if the release
came after the cut-off. The last statement counts, so each repeats what is known.
"""

from datetime import datetime

from msgspec import Struct

from clearance.events.standing.statements import Plan
from clearance.simulator.life import Post
from clearance.simulator.waits import Waits
from clearance.simulator.words import words


class Berth(Struct, frozen=True):
    """A place on a vessel, aeroplane, lorry or train for goods that have arrived."""

    arrived_at: datetime
    cut_off_at: datetime
    departure_at: datetime


def berth(arrived_at: datetime, waits: Waits) -> Berth:
    row = waits.odds.figures.transport_plans.modes[waits.cargo.mode]
    cut_off_at = (arrived_at + waits.spread(row.slack)).replace(microsecond=0)
    return Berth(arrived_at, cut_off_at, cut_off_at + row.cut_off_before_departure)


def reached(first: Berth, released_at: datetime, waits: Waits) -> Berth:
    """The berth that goods released at this time get: the first, or a later one if its cut-off has passed."""
    headway = waits.odds.figures.transport_plans.modes[waits.cargo.mode].headway
    missed = max(0, -((first.cut_off_at - released_at) // headway))
    return Berth(first.arrived_at, first.cut_off_at + missed * headway, first.departure_at + missed * headway)


def stated(name: str, posts: list[Post], first: Berth, waits: Waits) -> list[Post]:
    """The posts with the broker's commands among them, in the order of reception."""
    reviewed = [post for post in posts if post.word.stands == "reviewed"][-1]
    planned_at = waits.after(reviewed.received_at, "pressing")
    arrived_at = waits.after(max(first.arrived_at, planned_at), "delivery")
    plans = [(planned_at, _plan(first, waits, arrived=False)), (arrived_at, _plan(first, waits))]
    for released in [post for post in posts if post.word.stands == "released"]:
        last = reached(first, released.occurred_at, waits)
        if last != first:
            plans.append((waits.after(max(released.received_at, arrived_at), "pressing"), _plan(last, waits)))
    commands = [
        Post(f"{name}-plan-{number}", words()["plan"], reviewed.filing, at, at, plan=plan)
        for number, (at, plan) in enumerate(plans, 1)
    ]
    return sorted([*posts, *commands], key=lambda post: post.received_at)


def _plan(berth: Berth, waits: Waits, arrived: bool = True) -> Plan:
    arrived_at = berth.arrived_at if arrived else None
    return Plan(berth.cut_off_at, arrived_at, berth.departure_at, waits.cargo.vessel, waits.cargo.voyage)
