"""What ended long ago counts for less: half as much for each `HALF_LIFE` days.

A day weighs more than the one before it, and never changes its weight again (forward decay). So nothing has to be
weighed anew as time passes, a step is taken back with the weight it was given, and order changes nothing. Weights are
whole numbers, straight between the powers of two. Source: Cormode and others, 2009, ICDE, "Forward decay".
"""

from datetime import UTC, datetime, timedelta

HALF_LIFE = 180
"""Days. Half a year: a season is remembered by the next one, a reform is forgotten in two years."""
DAY = timedelta(days=1)
DAY_ZERO = datetime(2000, 1, 1, tzinfo=UTC)


def weight(at: datetime) -> int:
    """That of a day slice: the day, in UTC, in which `at` lies. The times that are read begin with 2000."""
    halvings, days = divmod(max(0, (at - DAY_ZERO) // DAY), HALF_LIFE)
    return (HALF_LIFE + days) << halvings
