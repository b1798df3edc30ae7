"""After how long a review by hand is too long, for whoever knows how slow each office is, or each kind of goods too.

    python -m benchmarks.slowness_known

From the tables of the field alone, at the precision that is asked for, if everywhere the same share is stuck: so a
detector that learns this has no more to gain. See docs/evaluation.md.
"""

from collections import defaultdict
from itertools import product
from math import log
from statistics import NormalDist

from clearance.simulator.world import field

PRECISION = 0.9
STUCK, BY_HAND = ("never-reviewed", "filed-twice"), "reviewed-by-hand"
Known = list[tuple[float, float]]
"""How slow, with the share of that."""


def main() -> None:
    offices = [(one.slowness, one.share) for one in field().offices.values()]
    chapters = [(one.slowness, one.share) for one in field().chapters.values()]
    alike: Known = [(1.0, 1.0)]
    for known, hidden, name in (
        (alike, both(offices, chapters), "nothing"),
        (offices, chapters, "offices"),
        (both(offices, chapters), alike, "offices and goods"),
    ):
        print(f"{name}: {overdue(known, hidden):.1f} office hours at the median")


def both(one: Known, other: Known) -> Known:
    """How slow both make it."""
    found: dict[float, float] = defaultdict(float)
    for (slow, share), (slower, part) in product(one, other):
        found[slow * slower] += share * part
    return sorted(found.items())


def overdue(known: Known, hidden: Known) -> float:
    """After how many hours a review is overdue for half of what is filed, with as few false alarms as `PRECISION` asks
    for. Who knows how slow it is multiplies by that; what is hidden is in the tail."""
    shares = {name: field().figures.scenarios[name].share for name in (*STUCK, BY_HAND)}
    false = sum(shares[name] for name in STUCK) / shares[BY_HAND] * (1 - PRECISION) / PRECISION
    length = 1.0
    while longer(length, hidden) > false:
        length *= 1.001
    return length * middle(known) / 3600


def longer(seconds: float, hidden: Known) -> float:
    """The share of reviews by hand that take longer at an office of slowness 1."""
    delay = next(one for one in field().figures.delays if one.name == "manual-review")
    location, spread = delay.shape
    taken = NormalDist(location, spread)
    every = sum(share for _, share in hidden)
    return sum(share * (1 - taken.cdf(log(seconds / slow))) for slow, share in hidden) / every


def middle(known: Known) -> float:
    """The slowness that half of what is filed does not exceed."""
    reached, half = 0.0, sum(share for _, share in known) / 2
    for slow, share in sorted(known):
        reached += share
        if reached >= half:
            return slow
    raise ValueError("nothing is known")


if __name__ == "__main__":
    main()
