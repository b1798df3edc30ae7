"""What must follow from second filings of a simulated life: A33, as far as messages tell of both.

Worked out from the messages, and not by the book of filings. It is told here and not by the simulator, since it is
raised only where an analyst runs.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec.structs import replace

from clearance.events.anomalies.repetition import RULE
from clearance.simulator.findings import ENDED
from clearance.simulator.life import Label, Life, Post

NAMING_GOODS = ("declaration", "envelope")
"""Messages that name bill of lading and goods; receipts name neither."""
SILENT = frozenset({"submitted", "received", "manual_review", "reviewed"})
NOT_FILED = ("", "draft")


def with_repeats(life: Life) -> Life:
    """The life, with the labels of its second filings; their troubles are those that the rule speaks of."""
    if len(life.identities) == 1:
        return life
    troubles = (replace(one, rule=RULE) if one.kind == "duplicate" else one for one in life.troubles)
    return replace(life, labels=(*life.labels, *repeats(life)), troubles=tuple(troubles))


def repeats(life: Life) -> Iterator[Label]:
    """A label for each filing that repeats one which was silent, or more than one."""
    filings = [_of(life, filing) for filing in range(len(life.identities))]
    for filing, mine in enumerate(filings):
        filed = _filed_at(mine)
        others = [other for other in filings[:filing] if filed and _is_silent(other, filed) and _names(other)]
        if filed is None or not others or not _names(mine):
            continue
        seen_from = max(mine[0].received_at, filed)
        ends = [end for end in (_end(mine), *(_end(other) for other in others)) if end]
        until = min(ends, default=None)
        if until is None or until > seen_from:
            about = life.declaration(filing)
            yield Label(about, life.scenario, RULE, by=filed, seen_from=seen_from, until=until)


def _of(life: Life, filing: int) -> list[Post]:
    return [post for post in life.posts if post.filing == filing and not post.handling and post.plan is None]


def _names(posts: Sequence[Post]) -> bool:
    return any(post.word.form in NAMING_GOODS for post in posts)


def _filed_at(posts: Sequence[Post]) -> datetime | None:
    return min((post.at for post in posts if post.word.stands not in NOT_FILED), default=None)


def _is_silent(posts: Sequence[Post], at: datetime) -> bool:
    before = sorted((post.at, place) for place, post in enumerate(posts) if post.word.stands and post.at <= at)
    return bool(before) and posts[before[-1][1]].word.stands in SILENT


def _end(posts: Sequence[Post]) -> datetime | None:
    return next((post.received_at for post in posts if post.word.stands in ENDED), None)
