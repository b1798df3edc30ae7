"""Standings: silences as a threshold judges them, each with what is truly wrong meanwhile.

The surprise: a silence is seen in two ways. By its stage, as durations are configured: what is reviewed counts from
the arrival of its goods, once that is reported. And by what is waited for, as stays are learned: then it is several.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Literal, NamedTuple

from clearance.evaluation.silences import Silence, Watched
from clearance.events.learning.cohorts import Stay, hour_class
from clearance.events.learning.course import ARRIVED, WAITS_FOR_GOODS, Begun, within
from clearance.events.tables.tables import Tables
from clearance.simulator.life import Trouble
from clearance.simulator.outages import is_of_outage

STAGES = {"A03": "submitted", "A04": "received", "A05": "reviewed", "A13": "released"}
ACTED_ON = timedelta(hours=1)
"""A trouble that is over so soon after it could be known, nobody could have done anything about."""
Sight = Literal["by stage", "by what is waited for"]
SIGHTS: tuple[Sight, ...] = ("by stage", "by what is waited for")
Heard = tuple[datetime, datetime]
"""When something was so, and when we heard of it."""


class Standing(NamedTuple):
    """The stay that it is, from when it was heard of, when it ended (customs' time), and until when it was found. None:
    it never ended. `spared`: what is wrong is for an incident to say, or was over before anybody could act; to raise it
    is neither right nor wrong. `idle`: it waits for its goods, and no release can come."""

    rule: str
    stay: Stay
    heard: datetime
    ended: datetime | None
    over: datetime | None
    troubles: tuple[Trouble, ...] = ()
    spared: bool = False
    idle: bool = False

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


class Stood(NamedTuple):
    """The standings of one filing, in both ways."""

    by_stage: list[Standing]
    awaited: list[Standing]

    def seen(self, sight: Sight) -> list[Standing]:
        return self.by_stage if sight == "by stage" else self.awaited


def standings(filings: Iterable[Watched], tables: Tables) -> Iterator[tuple[Watched, Stood]]:
    """Of each filing with an authority that has durations of its own for all of these rules, with it."""
    able = judged(tables)
    for filing in filings:
        if filing.authority in able:
            by_stage = [_by_stage(filing, silence, tables) for silence in filing.silences]
            awaited = [one for silence in filing.silences for one in _awaited(filing, silence, tables)]
            yield filing, Stood(*([one for one in some if _is_heard(one)] for some in (by_stage, awaited)))


def judged(tables: Tables) -> set[str]:
    """The authorities that have durations of their own for all of these rules: elsewhere some are never raised."""
    own = {(row.authority, row.rule) for row in tables.durations}
    return {name for name in tables.authorities if all((name, rule) in own for rule in STAGES)}


def to_be_found(trouble: Trouble) -> bool:
    """Whether a silence is to tell of it. What an outage holds is for its incident to tell, and counted there."""
    return not is_of_outage(trouble.cause) and (trouble.until is None or trouble.until - trouble.due > ACTED_ON)


def arrival(filing: Watched) -> Heard | None:
    """Of the goods."""
    told = ((heard, plan.arrived_at) for heard, plan in filing.plans if plan.arrived_at is not None)
    return next(((arrived, heard) for heard, arrived in told), None)


def stay(filing: Watched, silence: Silence, begun: Begun, tables: Tables) -> Stay:
    """The stay that began so, with what was known when the silence began."""
    hours = hour_class(tables.calendar_of(filing.authority, silence.office), begun.at)
    place = filing.authority, silence.office, silence.direction, silence.mode
    return Stay(begun.place, *place, hour_class=hours, began=begun.at)


def _by_stage(filing: Watched, silence: Silence, tables: Tables) -> Standing:
    begun, came = Begun(STAGES[silence.rule], silence.since), _came(filing, silence)
    if came is not None:
        begun = Begun(ARRIVED, max(silence.since, came[0]))
    ended = None if silence.over is None or silence.ended is None else max(silence.ended, begun.at)
    heard = silence.heard if came is None else max(silence.heard, came[1])
    return _standing(filing, silence, stay(filing, silence, begun, tables), heard, ended=ended, over=silence.over)


def _awaited(filing: Watched, silence: Silence, tables: Tables) -> Iterator[Standing]:
    came = _came(filing, silence)
    stage, until = STAGES[silence.rule], silence.ended if silence.over else None
    parts = [*within(stage, silence.since, until, came[0] if came else None, filing.obligations)]
    for one, after in zip_longest(parts, parts[1:]):
        heard = max(silence.heard, one.at, came[1] if came and one.place == ARRIVED else one.at)
        ended, over = (after.at, after.at) if after else (until and max(until, one.at), silence.over)
        found = _standing(filing, silence, stay(filing, silence, one, tables), heard, ended=ended, over=over)
        yield found._replace(idle=one.place == WAITS_FOR_GOODS and came is not None)


def _came(filing: Watched, silence: Silence) -> Heard | None:
    """The arrival that ends the wait for the goods, if it was heard of meanwhile."""
    came = arrival(filing) if STAGES[silence.rule] == WAITS_FOR_GOODS else None
    return came if came is not None and (silence.over is None or came[1] < silence.over) else None


def _standing(
    filing: Watched, silence: Silence, stay: Stay, heard: datetime, ended: datetime | None, over: datetime | None
) -> Standing:
    meanwhile = [one for one in filing.troubles if one.rule == silence.rule and _overlap(one, stay.began, over)]
    troubles = tuple(one for one in meanwhile if to_be_found(one))
    spared = bool(meanwhile) and not troubles
    return Standing(silence.rule, stay, heard, ended, over=over, troubles=troubles, spared=spared)


def _overlap(trouble: Trouble, since: datetime, over: datetime | None) -> bool:
    return (over is None or trouble.since < over) and (trouble.until is None or since <= trouble.until)


def _is_heard(one: Standing) -> bool:
    return one.over is None or one.heard < one.over
