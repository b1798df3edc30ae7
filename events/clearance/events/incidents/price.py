"""How rare a concentration must be, so that clean traffic raises none.

A ratio of r nats comes by chance in one of exp(r) looks at most (Chernoff's bound for a share), and where at least five
failed in one of some six times as many. Only a declaration that fails can raise a group, so a day has as many looks as
declarations usually fail, times the groups that each is in, times the windows and the gauges.
"""

from datetime import timedelta
from math import log, pi, sqrt

from clearance.events.incidents.scan import LEAST

FALSE_ALARMS_A_DAY = 0.001
"""One in three years for each authority."""
BOUND_IS_LARGER = sqrt(2 * pi * LEAST)
"""By Stirling's formula, in the tail of a Poisson distribution."""
DAY = timedelta(days=1)


def price(failing: float, window: timedelta, groups: int, windows: int) -> float:
    """In nats, where so many usually fail within the window, each in so many groups at most."""
    a_day = max(failing * (DAY / window), 1.0)
    return log(a_day * groups * windows / FALSE_ALARMS_A_DAY / BOUND_IS_LARGER)
