"""The next incident among waits that no known one accounts for.

First whether the authority is silent as a whole; else the group in which failures are most concentrated, in the window
in which they are most so. What is short shows in a short window and what grows slowly in a long one.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from clearance.events.incidents.groups import EVERYTHING, Count, Group, count, holds
from clearance.events.incidents.likelihood import Part, surprise
from clearance.events.incidents.onset import onset
from clearance.events.incidents.price import price
from clearance.events.incidents.scan import LEAST, Finding, find
from clearance.events.incidents.usual import Usual
from clearance.events.incidents.waits import Wait, rows

WINDOWS = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=48))
SILENT = 0.5
"""An authority is silent when so much stands still even of what is outside of the worst group."""


class Found(Struct, frozen=True):
    """What an incident opens with: its group, and the waits in it that are stuck, the first to fail first."""

    group: Group
    members: tuple[Wait, ...]


def search(waits: Sequence[Wait], accounted: Sequence[Wait], usual: Usual, now: datetime) -> Found | None:
    """Of waits in the order in which they were judged. Those that open incidents account for are `accounted`."""
    worth: dict[tuple[float, timedelta], Finding] = {}
    for window in WINDOWS:
        recent = within(waits, window, now)
        known = count(rows(within(accounted, window, now), now), least=1)
        if finding := find(count(rows(recent, now), LEAST), usual, known):
            worth[finding.ratio - _price(recent, window, usual, now), window] = finding
    best = max(worth, default=None)
    if best is None or best[0] <= 0:
        return None
    group = worth[best].group
    inside = [wait for wait in within(waits, best[1], now) if holds(group, wait.attributes)]
    return _found(group, onset(inside, usual.share(group), now), now)


def silence(waits: Sequence[Wait], usual: Usual, now: datetime) -> Found | None:
    """Whether the authority as a whole is silent, of its waits in the order in which they were judged."""
    recent = within(waits, WINDOWS[1], now)
    if not recent:
        return None
    since = onset(recent, usual.expected(recent) / len(recent), now)
    failed, judged = _outside_the_worst(since, now)
    if failed < max(LEAST, SILENT * judged):
        return None
    expected = judged * usual.expected(since) / len(since)
    rare = surprise(Part(failed, judged, expected)) if failed > expected else 0.0
    return _found(EVERYTHING, since, now) if rare > _price(recent, WINDOWS[1], usual, now) else None


def within(waits: Sequence[Wait], window: timedelta, now: datetime) -> Sequence[Wait]:
    """Those judged in the last so much time."""
    return waits[bisect_right(waits, now - window, key=lambda wait: wait.judged_at) :]


def _price(recent: Sequence[Wait], window: timedelta, usual: Usual, now: datetime) -> float:
    failed = (wait.attributes for wait in recent if wait.stuck(now))
    return price(len(recent) * usual.share(EVERYTHING), window, failed, len(WINDOWS))


def _found(group: Group, since: Sequence[Wait], now: datetime) -> Found | None:
    members = tuple(wait for wait in since if wait.stuck(now))
    return Found(group, members) if len(members) >= LEAST else None


def _outside_the_worst(waits: Sequence[Wait], now: datetime) -> Count:
    """What is left without the group of one attribute in which most failed, of those that are not everything."""
    counts = count(rows(waits, now), least=1)
    everything = counts[EVERYTHING]
    ones = [number for group, number in counts.items() if len(group) == 1 and number.all < everything.all]
    worst = max(ones, default=Count(0, 0))
    return Count(everything.failed - worst.failed, everything.all - worst.all)
