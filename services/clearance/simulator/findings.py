"""What must be found wrong or watched after some messages of a declaration, by what their words say."""

from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec import Struct

from clearance.events.standing.statements import Plan
from clearance.simulator.life import Post
from clearance.simulator.words import OURS

WATCHED = {"received": "A04", "reviewed": "A05", "released_conditionally": "A13", "released": "A13"}
"""By stage. Before them A01 and A03, see `_unanswered`."""
UNDER_WAY = frozenset({"draft", "submitted"})
RELEASED = frozenset({"released_conditionally", "released", "exited", "closed"})
OVER = frozenset({"rejected", "cancelled"})
"""Where no release comes any more, beside the ends."""
ENDED = frozenset({"exited", "closed", "deleted", "withdrawn", "expired"})
EXPECTED = {"cn": frozenset({"received", "reviewed"}), "uk": frozenset({"reviewed"})}
"""The stages before a release; one that is missing is A18."""
UNTIL_RELEASE = "A09"
SAID_BY = {"A05": "A09"}
"""Of two rules for one cause the second tells."""
NEVER = datetime.min.replace(tzinfo=UTC)
UNKNOWN_CODE, AFTER_END, LATE, MISSING = "A20", "A19", "A17", "A18"


class Standing(Struct):
    """What the messages so far say; `stages` and `holds` with since when, `over` what was open and until when, `odd`
    what stays whatever follows."""

    stage: str = ""
    rule: str = ""
    since: datetime = NEVER
    stages: dict[str, datetime] = {}
    holds: dict[str, tuple[str, datetime]] = {}
    over: list[tuple[str, datetime, datetime]] = []
    odd: dict[str, datetime] = {}

    def take(self, post: Post) -> None:
        word, at = post.word, post.at
        if not word.stands and not word.opens and word.rule:
            self.odd.setdefault(UNKNOWN_CODE, at)
        elif word.opens and self.stage in ENDED:
            self.odd.setdefault(AFTER_END, at)
        elif word.opens:
            self.holds.setdefault(word.opens, (word.rule, at))
        elif word.stands:
            self._move(post)
        ended = {kind for kind in self.holds if "all" in word.ends or kind in word.ends}
        self.over += [(kind, self.holds.pop(kind)[1], at) for kind in sorted(ended)]

    def _move(self, post: Post) -> None:
        stage = post.word.stands
        self.stages.setdefault(stage, post.at)
        if stage != self.stage and (stage, self.stage) != ("draft", "submitted"):
            self.stage, self.rule, self.since = stage, post.word.rule, post.at

    def outcome(self) -> tuple[object, ...]:
        """Stage, stages and obligations: what a late message may decide."""
        return self.stage, self.stages, self.over, {kind: since for kind, (_, since) in self.holds.items()}


def _standing(posts: Sequence[Post]) -> Standing:
    now = Standing()
    for post in sorted(posts, key=lambda post: (post.at, post.word.line)):
        now.take(post)
    return now


def findings(posts: Sequence[Post], authority: str) -> dict[str, datetime]:
    """Every rule that finds something after these messages, with since when. In the order of reception."""
    now = _standing(posts)
    rules = dict(now.odd)
    for rule, since in [(now.rule, now.since), (WATCHED.get(now.stage, ""), now.since), *now.holds.values()]:
        if rule and not (rule == UNTIL_RELEASE and now.stage in RELEASED):
            rules[rule] = min(since, rules.get(rule, since))
    rules |= _unanswered(now, posts) if now.stage in UNDER_WAY else {}
    if now.stage in RELEASED and EXPECTED[authority] - now.stages.keys():
        rules[MISSING] = min(at for stage, at in now.stages.items() if stage in RELEASED)
    said = {rule for rule, cause in SAID_BY.items() if cause in rules}
    return {rule: since for rule, since in rules.items() if rule not in said} | _late(posts, now)


def by_plan(posts: Sequence[Post], plan: Plan) -> list[str]:
    """The rules that the cut-off of a plan sets off: until it, then from it on until the goods have left."""
    now = _standing(posts)
    if plan.cut_off_at is None or now.stage in ENDED | OVER:
        return []
    released = min((at for stage, at in now.stages.items() if stage in RELEASED), default=None)
    if now.stage not in RELEASED:
        return ["A11", "A12"]
    return ["A12"] if released is not None and released > plan.cut_off_at else []


def _unanswered(now: Standing, posts: Sequence[Post]) -> dict[str, datetime]:
    """A01 until something answers what was sent, then A03 until customs has received it."""
    sent = max((post.at for post in posts if post.word.form in ("declaration", "envelope")), default=None)
    if sent is not None and all(post.at < sent for post in posts if post.word.form not in OURS):
        return {"A01": sent}
    return {"A03": now.since} if now.stage == "submitted" else {}


def _late(posts: Sequence[Post], now: Standing) -> dict[str, datetime]:
    """The first message that came after one with a later time, and without which all would stand otherwise."""
    timed = [post for post in posts if post.word.timed]
    late = [
        one
        for position, one in enumerate(timed)
        if any(other.at > one.at and other.received_at < one.received_at for other in timed[:position])
    ]
    decided = [
        one.at for one in late if _standing([post for post in posts if post is not one]).outcome() != now.outcome()
    ]
    return {LATE: min(decided)} if decided else {}
