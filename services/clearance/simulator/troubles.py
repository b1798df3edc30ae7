"""What is truly wrong with a simulated declaration, whatever a detector is set to: stuck, rejected, filed twice, too
late for its vessel. Beside it the labels of `truth` say what the configured durations must find.

It is worked out before faults: a message that is lost on its way leaves the declaration itself well.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec.structs import replace

from clearance.simulator.findings import ENDED
from clearance.simulator.life import Hold, Life, Post, Trouble, TroubleKind

STANDING_STILL = {"": "A01", "draft": "A01", "submitted": "A03", "received": "A04", "reviewed": "A05"}
"""Which rule speaks of standing still at a stage; "" is before the first."""
NEVER_CLOSED = {"released": "A13", "released_conditionally": "A13"}
"""In China; a UK import ends with its release."""


def troubles(life: Life, holds: Sequence[Hold], rejected_by: str) -> Iterator[Trouble]:
    """All of one life. `holds` are steps that had to wait, `rejected_by` the outage that rejects what is filed."""
    for filing in range(len(life.identities)):
        mine = [post for post in life.posts if post.filing == filing]
        yield from _rejected(life, mine, rejected_by)
        yield from _held(life, mine, [hold for hold in holds if hold.filing == filing])
        yield from _never(life, mine)
        yield from _cut_off(life, mine)
        if filing:
            yield _filed_before(life, filing, mine)


def _rejected(life: Life, mine: Sequence[Post], rejected_by: str) -> Iterator[Trouble]:
    for post in mine:
        if post.word.stands == "rejected":
            cause = rejected_by or life.scenario
            yield _trouble(life, post.filing, kind="rejected", rule="A06", since=post.at, cause=cause)


def _held(life: Life, mine: Sequence[Post], holds: Sequence[Hold]) -> Iterator[Trouble]:
    for hold in holds:
        before = [post for post in mine if post.received_at < hold.until]
        stage = _stage(before)
        rule = STANDING_STILL.get(stage) or NEVER_CLOSED.get(stage, "")
        rule = rule if before else ""  # nobody knows of it yet
        stuck = _trouble(
            life, hold.filing, kind="stuck", rule=rule, since=hold.since, cause=hold.outage or life.scenario
        )
        yield replace(stuck, due=hold.due, until=hold.until)


def _never(life: Life, mine: Sequence[Post]) -> Iterator[Trouble]:
    """The next step of customs never comes."""
    told = [post for post in mine if post.plan is None]
    stage = "" if any(post.word.stands in ENDED for post in told) else _stage(told)
    rule = STANDING_STILL.get(stage) or (NEVER_CLOSED.get(stage) if life.cargo.authority == "cn" else "")
    if rule and stage:
        yield _trouble(life, told[-1].filing, kind="stuck", rule=rule, since=told[-1].at)


def _cut_off(life: Life, mine: Sequence[Post]) -> Iterator[Trouble]:
    """The first cut-off that was planned passes before the release."""
    cut_off = next((post.plan.cut_off_at for post in mine if post.plan is not None), None)
    released = next((post.occurred_at for post in mine if post.word.stands == "released"), None)
    if cut_off is not None and (released is None or released > cut_off):
        missed = _trouble(life, mine[0].filing, kind="cut_off_missed", rule="A12", since=cut_off)
        yield replace(missed, until=released)


def _filed_before(life: Life, filing: int, mine: Sequence[Post]) -> Trouble:
    """A further filing of the same goods, after a rejection or while the one before it is silent."""
    first = mine[0]
    before = [post for post in life.posts if post.filing == filing - 1 and post.received_at <= first.received_at]
    kind: TroubleKind = "refiled" if any(post.word.stands == "rejected" for post in before) else "duplicate"
    again = _trouble(life, filing, kind=kind, rule="", since=first.received_at)
    return replace(again, other=life.declaration(filing - 1))


def _trouble(life: Life, filing: int, *, kind: TroubleKind, rule: str, since: datetime, cause: str = "") -> Trouble:
    """One that is known as soon as it begins, and never ends."""
    return Trouble(
        about=life.declaration(filing),
        kind=kind,
        rule=rule,
        since=since,
        due=since,
        until=None,
        cause=cause or life.scenario,
    )


def _stage(posts: Sequence[Post]) -> str:
    return next((post.word.stands for post in reversed(posts) if post.word.stands), "")
