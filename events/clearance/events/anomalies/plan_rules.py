"""What is wrong by the transport plan: the cut-off that comes near or has passed, the vessel that was changed.

The last plan stated counts; where one repeats what the one before it said, it says so since that one.
"""

from collections.abc import Callable
from datetime import datetime

from clearance.events.standing.statements import Plan, Stated, in_force
from clearance.events.standing.track import RELEASED, Signal, Track
from clearance.events.tables.tables import Tables

FOLLOWED_BY = {"A11": "A12"}
"""A rule that warns of what the second finds: once that is open, the warning has escalated."""
AWAY = frozenset({"exited", "closed"})
"""Stages at which the goods have left."""
CORRECTED, REFUSED = frozenset({"amended", "amendment_granted"}), frozenset({"amendment_denied"})

PlanRule = Callable[[Track, tuple[Stated, ...], Tables], Signal | None]


def cut_off_risk(track: Track, plans: tuple[Stated, ...], tables: Tables) -> Signal | None:
    """A11: the cut-off is near, and the goods are not released."""
    return _by_cut_off("A11", track, plans) if _may_be_released(track, tables) else None


def cut_off_missed(track: Track, plans: tuple[Stated, ...], tables: Tables) -> Signal | None:
    """A12: the cut-off passed before the release. It stays after the release, until another cut-off is stated or the
    goods have left."""
    cut_off = in_force(plans).cut_off_at
    released = _released_at(track)
    late = cut_off is not None and released is not None and released > cut_off
    return _by_cut_off("A12", track, plans) if late or _may_be_released(track, tables) else None


def vessel_changed(track: Track, plans: tuple[Stated, ...], tables: Tables) -> Signal | None:
    """A32: the goods were released for another vessel or voyage than they now go with, and nothing was corrected."""
    released = _released_at(track)
    before = [stated for stated in plans if released is not None and stated.at <= released]
    after = plans[len(before) :]
    if not before or not after or not _differ(before[-1].plan, after[-1].plan):
        return None
    since = _since(after, _carrier)
    if _corrected(track, since):
        return None
    was, now = (" ".join(filter(None, _carrier(one.plan))) for one in (before[-1], after[-1]))
    return Signal("A32", since, (track.cause,), "", {"was": was, "vessel": now})


BY_PLAN: tuple[PlanRule, ...] = (cut_off_risk, cut_off_missed, vessel_changed)


def _corrected(track: Track, since: datetime) -> bool:
    """Whether customs has corrected it since, or has reviewed a request that was made since and not refused it."""
    told = {taken.meaning.status for taken in track.taken if taken.meaning and taken.at >= since}
    answered = any(hold.kind == "amendment_requested" and hold.since >= since for hold in track.ended)
    return bool(told & CORRECTED) or (answered and not told & REFUSED)


def _by_cut_off(rule: str, track: Track, plans: tuple[Stated, ...]) -> Signal | None:
    plan = in_force(plans)
    if plan.cut_off_at is None:
        return None
    receipts = (track.cause,) if track.cause else ()
    return Signal(rule, _since(plans, lambda one: one.cut_off_at), receipts, limit=plan.cut_off_at)


def _since(plans: tuple[Stated, ...], said: Callable[[Plan], object]) -> datetime:
    """When that was first stated which all plans since then say."""
    since = plans[-1]
    for stated in reversed(plans):
        if said(stated.plan) != said(since.plan):
            break
        since = stated
    return since.at


def _carrier(plan: Plan) -> tuple[str, str]:
    return plan.vessel, plan.voyage


def _differ(one: Plan, other: Plan) -> bool:
    """Whether both name a vessel, or a voyage, and not the same one."""
    return any(a and b and a != b for a, b in zip(_carrier(one), _carrier(other), strict=True))


def _may_be_released(track: Track, tables: Tables) -> bool:
    """Whether a release is still to come: not for what has been rejected, deleted or withdrawn."""
    return track.stage not in RELEASED and tables.codes.statuses[track.stage].open


def _released_at(track: Track) -> datetime | None:
    """When the goods were first released, if they still lie there."""
    if track.stage not in RELEASED or track.stage in AWAY:
        return None
    return min(at for stage, at in track.milestones.items() if stage in RELEASED)
