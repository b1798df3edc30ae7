"""The next incident among waits that no known one accounts for.

First whether the authority is silent as a whole; else the group in which failures are most concentrated, by the gauge
and in the window in which they are most so. What is short shows in a short window and what grows slowly in a long one.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from clearance.events.incidents.groups import EVERYTHING, Count, Group, count, holds
from clearance.events.incidents.likelihood import Part, surprise
from clearance.events.incidents.onset import onset
from clearance.events.incidents.price import price
from clearance.events.incidents.scan import LEAST, Finding, find
from clearance.events.incidents.tally import WINDOWS, Tally
from clearance.events.incidents.usual import Usual
from clearance.events.incidents.waits import Gauge, Wait, rows

SILENT = 0.5
"""An authority is silent when so much stands still even of what is outside of the worst group …"""
LEAST_OF_ALL = 2 * LEAST
"""… and so many. Of one with twenty filings a day five are rejected in a row by chance in one month of a hundred."""
SILENT_WITHIN = timedelta(hours=6)
OFTEN = 0.25
"""Where more usually fails, a failure says nothing: most wait for their goods longer than some minutes."""
Usuals = Mapping[Gauge, Usual]
Tallies = Mapping[Gauge, Tally]


class Found(Struct, frozen=True):
    """What an incident opens with: its group, where they wait, and those that are stuck, the first to fail first."""

    group: Group
    stage: str
    members: tuple[Wait, ...]


class Look(Struct, frozen=True):
    """One gauge at a time, among so many others."""

    tally: Tally
    usual: Usual
    now: datetime
    gauges: int

    def price(self, number: float, window: timedelta) -> float:
        """In nats, of so many that were judged within the window."""
        usually = number * self.usual.share(EVERYTHING)
        return price(usually, window, self.tally.most_groups, len(WINDOWS) * self.gauges)


def looks(tallies: Tallies, usuals: Usuals, now: datetime) -> dict[Gauge, Look]:
    """At each gauge by which a failure says something."""
    able = [gauge for gauge in sorted(tallies) if gauge in usuals and usuals[gauge].share(EVERYTHING) <= OFTEN]
    return {gauge: Look(tallies[gauge], usuals[gauge], now, len(able)) for gauge in able}


def search(at: Mapping[Gauge, Look]) -> Found | None:
    """Where failures are most concentrated, of what no incident accounts for."""
    worth = {
        (finding.ratio - dear, gauge, window): finding
        for gauge, look in at.items()
        for window, finding, dear in _findings(look)
    }
    best = max(worth, default=None)
    if best is None or best[0] <= 0:
        return None
    _, gauge, window = best
    group, look = worth[best].group, at[gauge]
    inside = [wait for wait in look.tally.free(window) if holds(group, wait.attributes)]
    return _found(group, gauge, onset(inside, look.usual.share(group), look.now), look.now)


def _findings(look: Look) -> Iterator[tuple[timedelta, Finding, float]]:
    """In each window the group with the highest ratio, and what that costs."""
    for window in WINDOWS:
        counts = look.tally.counts(window)
        if len(counts) > 1 and (finding := _find(look, counts, window)):
            yield window, finding, look.price(counts[EVERYTHING].all, window)


def _find(look: Look, counts: Mapping[Group, Count], window: timedelta) -> Finding | None:
    return find(counts, look.usual.within(window), look.tally.known(counts, window))


def silence(at: Mapping[Gauge, Look]) -> Found | None:
    """Whether the authority as a whole is silent."""
    return next((found for gauge, look in at.items() if (found := _silent(gauge, look))), None)


def _silent(gauge: Gauge, look: Look) -> Found | None:
    usual, now, recent = look.usual, look.now, look.tally.left(SILENT_WITHIN)
    if not recent or not _may_be_silent(look):
        return None
    since = onset(recent, usual.expected(recent) / len(recent), now)
    failed, judged = _outside_the_worst(since, now)
    if failed < max(LEAST_OF_ALL, SILENT * judged):
        return None
    expected = judged * usual.expected(since) / len(since)
    rare = surprise(Part(failed, judged, expected)) if failed > expected else 0.0
    return _found(EVERYTHING, gauge, since, now) if rare > look.price(len(recent), SILENT_WITHIN) else None


def _may_be_silent(look: Look) -> bool:
    """Whether of the last, however many, half stand still."""
    failed = judged = 0
    for wait in look.tally.latest():
        if wait.judged_at <= look.now - SILENT_WITHIN:
            return False
        failed, judged = failed + wait.stuck(look.now), judged + 1
        if failed >= LEAST_OF_ALL and failed >= SILENT * judged:
            return True
    return False


def _found(group: Group, gauge: Gauge, since: Sequence[Wait], now: datetime) -> Found | None:
    members = tuple(wait for wait in since if wait.stuck(now))
    return Found(group, gauge.stage, members) if len(members) >= LEAST else None


def _outside_the_worst(waits: Sequence[Wait], now: datetime) -> Count:
    """What is left without the group of one attribute in which most failed, of those that are not everything."""
    counts = count(rows(waits, now), least=1)
    everything = counts[EVERYTHING]
    ones = [number for group, number in counts.items() if len(group) == 1 and number.all < everything.all]
    worst = max(ones, default=Count(0, 0))
    return Count(everything.failed - worst.failed, everything.all - worst.all)
