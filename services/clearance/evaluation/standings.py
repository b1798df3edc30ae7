"""Standings: silences as a threshold judges them, each with what is truly wrong meanwhile.

The surprise: what is reviewed counts anew from the arrival of its goods, once that is reported. Before it no release
can come, so how long it has been reviewed says little; after it, it says much.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from clearance.evaluation.silences import Silence, Watched
from clearance.events.learning.cohorts import Stay, hour_class
from clearance.events.learning.course import ARRIVED
from clearance.events.tables.tables import Tables
from clearance.simulator.life import Trouble

STAGES = {"A03": "submitted", "A04": "received", "A05": "reviewed", "A13": "released"}


class Standing(NamedTuple):
    """One silence: the stay that it is, from when it was heard of, when it ended (customs' time), and until when it was
    found. None: it never ended. `since_review` is the stay without regard to arrival."""

    rule: str
    stay: Stay
    heard: datetime
    ended: datetime | None
    over: datetime | None
    since_review: Stay
    troubles: tuple[Trouble, ...] = ()

    def lasts(self, length: timedelta) -> bool:
        """Whether it stands for longer."""
        return self.over is None or self.over - self.stay.began > length

    def raised(self, deadline: datetime) -> datetime | None:
        """When an anomaly with this deadline opens; None if it is over before."""
        at = max(deadline, self.heard)
        return at if self.over is None or at < self.over else None

    def found(self, at: datetime) -> list[Trouble]:
        """The troubles of which an anomaly speaks that opens at this time."""
        return [one for one in self.troubles if one.since <= at and (one.until is None or at <= one.until)]


def standings(filings: Iterable[Watched], tables: Tables) -> Iterator[tuple[Watched, list[Standing]]]:
    """Of each filing with an authority that has durations of its own for all of these rules, with it."""
    able = judged(tables)
    for filing in filings:
        if filing.authority in able:
            mine = [_standing(filing, silence, tables) for silence in filing.silences]
            yield filing, [one for one in mine if one.over is None or one.heard < one.over]


def judged(tables: Tables) -> set[str]:
    """The authorities that have durations of their own for all of these rules: elsewhere some are never raised."""
    own = {(row.authority, row.rule) for row in tables.durations}
    return {name for name in tables.authorities if all((name, rule) in own for rule in STAGES)}


def arrival(filing: Watched) -> tuple[datetime, datetime] | None:
    """When the goods arrived, and when we heard of it."""
    told = ((heard, plan.arrived_at) for heard, plan in filing.plans if plan.arrived_at is not None)
    return next(((arrived, heard) for heard, arrived in told), None)


def stay(filing: Watched, silence: Silence, stage: str, began: datetime, tables: Tables) -> Stay:
    """The stay at a stage since then, with what was known when the silence began."""
    hours = hour_class(tables.calendar_of(filing.authority, silence.office), began)
    place = filing.authority, silence.office, silence.direction, silence.mode
    return Stay(stage, *place, hour_class=hours, began=began)


def _standing(filing: Watched, silence: Silence, tables: Tables) -> Standing:
    stage, began, heard = STAGES[silence.rule], silence.since, silence.heard
    came = arrival(filing) if silence.rule == "A05" else None
    if came is not None and (silence.over is None or came[1] < silence.over):
        stage, began, heard = ARRIVED, max(began, came[0]), max(heard, came[1])
    meanwhile = (one for one in filing.troubles if one.rule == silence.rule and _overlap(one, silence))
    ended = None if silence.over is None or silence.ended is None else max(silence.ended, began)
    own = stay(filing, silence, stage, began, tables)
    plain = own if stage != ARRIVED else stay(filing, silence, STAGES[silence.rule], silence.since, tables)
    return Standing(silence.rule, own, heard, ended, silence.over, since_review=plain, troubles=tuple(meanwhile))


def _overlap(trouble: Trouble, silence: Silence) -> bool:
    return (silence.over is None or trouble.since < silence.over) and (
        trouble.until is None or silence.since <= trouble.until
    )
