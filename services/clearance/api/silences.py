"""Silence as it is answered: times at which something comes to be so, never figures that change while it is read.

So an answer keeps its bytes and its ETag until the declaration or the table changes. What depends on the moment, the
percentile now and the chance of a release in time, stands in the explanation.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal

import msgspec

from clearance.api import models
from clearance.api.words import Words
from clearance.events.anomalies.release_chance import Chance, release_chance
from clearance.events.anomalies.silence import Shown, Silence, silence
from clearance.events.anomalies.words import BETWEEN, STOP, local
from clearance.events.learning.cohorts import ANY, Key, Stay
from clearance.events.learning.course import ARRIVED
from clearance.events.learning.expectations import Expectations, Slower
from clearance.settings.tables import default_tables

Basis = Literal["learned", "configured", "nothing"]
"""What the times rest on."""
Clause = Literal[
    "since", "arrived", "obliged", "half", "most", "overdue", "not_known", "configured", "nothing", "slower", "chance"
]
"""Of what the sentence is made."""
ATTRIBUTES = ("stage", *Stay._fields[1:-1])
"""Of a cohort, in the order of its key."""


def silence_of(authority: str, shown: Shown, table: Expectations | None, words: Words) -> models.Silence | None:
    """That of a declaration by a table; None if nothing more is to come, or nothing has placed it yet."""
    found = silence(authority, shown, default_tables(), table)
    return None if found is None else models.Silence(**_told(authority, found, words))


def silence_now(
    authority: str, shown: Shown, table: Expectations | None, now: datetime, words: Words
) -> models.SilenceNow | None:
    """The same, as it is at that time."""
    found = silence(authority, shown, default_tables(), table)
    if found is None:
        return None
    return models.SilenceNow(
        **_told(authority, found, words),
        at=now,
        percentile=found.percentile_at(now),
        overdue=None if found.overdue_at is None else now > found.overdue_at,
        release_before_cut_off=_chance(
            authority, release_chance(authority, shown, default_tables(), table, now), words
        ),
    )


def _chance(authority: str, found: Chance | None, words: Words) -> models.Chance | None:
    if found is None:
        return None
    at, share = local(found.cut_off_at, authority, default_tables()), f"{found.probability:.0%}"
    said = words.of("silence", "chance").format(at=at, share=share, size=f"{found.size:,}")
    text = said[:1].upper() + said[1:] + STOP[words.language]
    return models.Chance(cut_off_at=found.cut_off_at, probability=found.probability, size=found.size, text=text)


def _told(authority: str, found: Silence, words: Words) -> dict[str, Any]:
    basis: Basis = "learned" if found.learned else "configured" if found.configured_at else "nothing"
    return {
        "since": found.since,
        "p50_at": found.reached_at(0.5),
        "p90_at": found.reached_at(0.9),
        "p95_at": found.reached_at(0.95),
        "p99_at": found.reached_at(0.99),
        "overdue_at": found.overdue_at,
        "overdue_percentile": found.percentile,
        "configured_at": found.configured_at,
        "basis": models.Coded(code=basis, words=words.of("basis", basis)),
        "cohort": _cohort(found.cohort),
        "size": found.learned.size if found.learned else 0,
        "table_version": found.version,
        "office_slower": _slower(found.slower),
        "text": _text(authority, found, words),
    }


def _slower(found: Slower | None) -> models.Slower | None:
    return None if found is None else models.Slower(times=round(found.times, 1), **msgspec.structs.asdict(found))


def _cohort(key: Key) -> dict[str, str]:
    return {name: value for name, value in zip(ATTRIBUTES, key, strict=False) if value != ANY}


def _text(authority: str, found: Silence, words: Words) -> str:
    told = (one[:1].upper() + one[1:] for one in _clauses(authority, found, words))
    return BETWEEN[words.language].join(told) + STOP[words.language]


def _clauses(authority: str, found: Silence, words: Words) -> Iterator[str]:
    def said(clause: Clause, at: datetime | None = None) -> str:
        size = found.learned.size if found.learned else 0
        time = local(at, authority, default_tables()) if at else ""
        times = f"{found.slower.times:.1f}" if found.slower else ""
        return words.of("silence", clause).format(at=time, size=size, times=times, place=words.of("flag", found.place))

    yield said(_beginning(found.place), found.since)
    if found.slower:
        yield said("slower")
    if found.learned is None:
        yield said("configured", found.configured_at) if found.configured_at else said("nothing")
        return
    shares: dict[Clause, float] = {"half": 0.5, "most": 0.9}
    for clause, share in shares.items():
        if (at := found.reached_at(share)) is not None:
            yield said(clause, at)
    yield said("overdue", found.overdue_at) if found.overdue_at else said("not_known")


def _beginning(place: str) -> Clause:
    """How the place of a stay is spoken of."""
    row = default_tables().codes.statuses.get(place)
    if row is not None and row.kind == "obligation":
        return "obliged"
    return "arrived" if place == ARRIVED else "since"
