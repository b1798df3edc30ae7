"""What must follow from a life: every anomaly with its deadline, by the durations in force.

Worked out from what the words say, and not by the fold: the tests hold the two against each other. Messages count in
the order of their times, each reception changes what is found, and a level opens if its deadline comes before the next
message of the declaration does.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from clearance.events.standing.statements import NO_PLAN, Plan
from clearance.events.tables.durations import Kind
from clearance.events.tables.levels import Level
from clearance.events.tables.tables import Tables
from clearance.simulator.findings import by_plan, findings
from clearance.simulator.life import Consignment, Label, Life, Post

Opened = tuple[str, datetime]
"""Rule and deadline: the id of an anomaly within its declaration."""


class Seen(Struct, frozen=True):
    """An anomaly that must open: whether at once, from when it can be seen, until when it is found."""

    at_once: bool
    seen_from: datetime
    until: datetime | None


def labels(life: Life, posts: Sequence[Post], fault: str, tables: Tables) -> Iterator[Label]:
    """A label for each anomaly that must open when these posts arrive, which a fault may have changed."""
    for filing in range(len(life.identities)):
        without_fault = _anomalies(life, filing, life.posts, tables) if fault else {}
        for (rule, deadline), seen in _anomalies(life, filing, posts, tables).items():
            slow = "slow" if not seen.at_once and seen.until else life.scenario
            done = fault if fault and (rule, deadline) not in without_fault else slow
            yield Label(
                about=life.declaration(filing),
                done=done,
                follows=rule,
                by=deadline,
                seen_from=seen.seen_from,
                until=seen.until,
            )


def _anomalies(life: Life, filing: int, posts: Sequence[Post], tables: Tables) -> dict[Opened, Seen]:
    mine = [post for post in posts if post.filing == filing and not post.handling]
    known: dict[Opened, Seen] = {}
    received: list[Post] = []
    plan = NO_PLAN
    for position, post in enumerate(mine):
        plan = post.plan or plan
        received += [] if post.plan else [post]
        until = mine[position + 1].received_at if position + 1 < len(mine) else None
        planned = dict.fromkeys(by_plan(received, plan), datetime.min.replace(tzinfo=UTC))
        for rule, since in (findings(received, life.cargo.authority) | planned).items():
            for level, deadline in _levels(life, posts=received, rule=rule, since=since, plan=plan, tables=tables):
                if not level.at_once and until is not None and deadline > until:
                    break
                first = known.get((rule, deadline))
                seen_from = first.seen_from if first else max(deadline, post.received_at)
                known[rule, deadline] = Seen(level.at_once, seen_from, _unless_missed(rule, plan, until))
    return known


def _unless_missed(rule: str, plan: Plan, until: datetime | None) -> datetime | None:
    """Until when an anomaly is found: a risk becomes a fact at the cut-off."""
    if rule != "A11" or plan.cut_off_at is None:
        return until
    return plan.cut_off_at if until is None else min(plan.cut_off_at, until)


def _levels(
    life: Life, posts: Sequence[Post], rule: str, since: datetime, plan: Plan, tables: Tables
) -> Iterator[tuple[Level, datetime]]:
    """The levels that apply, first to last, with their deadlines."""
    starts = {
        "limit": None,
        "since": since,
        "arrival": plan.arrived_at,
        "cut_off": plan.cut_off_at,
        "departure": plan.departure_at,
    }
    for basis, levels in tables.levels(rule, _kind(life, posts)):
        start = starts[basis]
        if start is not None:
            yield from ((level, level.deadline(max(since, start))) for level in levels)
            return


def _kind(life: Life, posts: Sequence[Post]) -> Kind:
    """What thresholds go by, as far as these messages tell it."""
    cargo = life.cargo
    if not isinstance(cargo, Consignment):
        return Kind(cargo.authority)
    tells = cargo.broker.generation == "a" or any(post.word.form in ("declaration", "envelope") for post in posts)
    return Kind(cargo.authority, cargo.direction, cargo.mode if tells else "")
