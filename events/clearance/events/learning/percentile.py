"""The percentile that keeps its promise: it moves until one stay in twenty is called overdue.

A fixed one of 95 % misses that when what is learned is not what comes: offices change, and the slow ones are known
last. So each stay that was called overdue raises it, each that ended in time lowers it a little; they balance at
`OVERDUE`. It depends on the order of the log.

Source: Gibbs and Candès, 2021, "Adaptive conformal inference" (there: the level).
"""

OVERDUE = 0.05
"""The share of stays that may be called overdue: the promise."""
GAIN = 0.02
"""How far one stay moves the percentile (gamma). How it was chosen: docs/learned-expectations.md."""
GAIN_OF_ALL = 0.5
"""How far all running stays could move it together. They are judged before a move shows in any of them: more, and it
swings."""
LOWEST, FIRST, HIGHEST = 0.0, 1 - OVERDUE, 1.05
"""As shares. Above 1 no stay is overdue: what was called beyond the promise is owed, by 50 stays in time at most."""


def moved(percentile: float, overdue: int, running: float, judged: int = 1) -> float:
    """The percentile after so many judged stays, of which some were called overdue, while `running` others go on."""
    gain = min(GAIN, GAIN_OF_ALL / (running + 1))
    return min(HIGHEST, max(LOWEST, percentile + gain * (overdue - OVERDUE * judged)))
