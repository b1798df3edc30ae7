"""The probability that a stay, and then others behind it, have all ended before a time: of a release before a cut-off.

Lengths are taken as independent of each other. The surprise: this is a sum over cells of time and no formula, since a
curve has no density; a probability is off by what a cell holds at most.
"""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

from clearance.events.learning.expectations import Learned
from clearance.events.learning.expected import ended_by, probability_of_ending

CELLS = 100
"""Into which the time that is left is cut."""


def probability_of_all(first: Learned, stood: timedelta, until: timedelta, then: Sequence[Learned]) -> float | None:
    """That a stay which has run for `stood`, and those `then`, have ended before the first has run for `until`.

    None where it has run longer than its curve tells.
    """
    cell = max(until - stood, timedelta()) / CELLS
    known = [probability_of_ending(first, stood, stood + place * cell) for place in range(CELLS + 1)]
    ended = [one for one in known if one is not None]
    if len(ended) < len(known):
        return None
    for later in then:
        ended = _behind(ended, [ended_by(later, place * cell) for place in range(CELLS + 1)])
    return ended[-1]


def _behind(ended: list[float], later: list[float]) -> list[float]:
    """Up to each cell the share that has ended by then and after that has ended the later stay, too."""
    middles = [(one + other) / 2 for one, other in pairwise(ended)]
    grown = [after - before for before, after in pairwise(later)]
    return [
        later[0] * ended[place] + sum(grown[cell] * middles[place - 1 - cell] for cell in range(place))
        for place in range(CELLS + 1)
    ]
