"""One cohort: what is known of how long its stays take, and the percentile at which one is overdue."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct, field

from clearance.events.learning import percentile
from clearance.events.learning.decay import weight
from clearance.events.learning.sketch import Sketch
from clearance.events.learning.survival import Survival, survival
from clearance.events.values.buckets import Counts

ENDINGS = 50
"""A cohort with fewer endings, weighed as of today's, does not answer. Source: issue 15, part 4."""
BORROWED = 20
"""Endings' worth of the parent that are mixed in: two sevenths of what a cohort of 50 says, a fiftieth with 1,000."""


class Cohort(Struct):
    """`sketch` holds endings weighed by their days, running stays as they are; `ended` and `running` are its sums."""

    sketch: Sketch = field(default_factory=Sketch)
    ended: int = 0
    running: int = 0
    percentile: float = percentile.FIRST

    def begin(self, minute: int, times: int) -> None:
        """Add a stay that runs since that minute, or take it back."""
        self.sketch.count_running(minute, times)
        self.running += times

    def end(self, number: int, weighed: int) -> None:
        """Add the weight of an ended stay to that bucket, or take it back."""
        self.sketch.count_ended(number, weighed)
        self.ended += weighed

    def judge(self, overdue: bool) -> None:
        """Learn of a stay that this cohort answered for: that it was called overdue, or ended in time."""
        self.percentile = percentile.moved(self.percentile, overdue, self.running)

    def judge_days(self, days: Iterable[tuple[int, int]]) -> None:
        """Learn of what each of some days has judged, in their order: how many were called overdue, of how many.

        One table has judged all of a day, so that they are under way together, with those of as many days as a stay
        takes."""
        takes = max(1.0, self.sketch.mean_days())
        for overdue, judged in days:
            self.percentile = percentile.moved(self.percentile, overdue, judged * takes, judged)

    def size(self, now: datetime) -> int:
        """Endings, as of today's."""
        return self.ended // weight(now)

    def survival(self, now: datetime, parent: "Cohort | None" = None) -> Survival:
        """How long its stays take, drawn towards those of its parent while it has few."""
        ended, running = self._weighed(now, 1, 1)
        if parent is not None and parent.ended:
            more_ended, more_running = parent._weighed(now, BORROWED * weight(now), parent.ended)
            ended, running = _sum(ended, more_ended), _sum(running, more_running)
        return survival(ended, running)

    def _weighed(self, now: datetime, factor: int, divisor: int) -> tuple[Counts, Counts]:
        """Ended and running by bucket, as today's weights, times a fraction: rounded down, by less than 1 in 10^15."""
        today = weight(now) * factor
        running = {age: count * today // divisor for age, count in self.sketch.ages(now).items()}
        return {key: count * factor // divisor for key, count in self.sketch.ended.items()}, running


def _sum(some: Counts, more: Counts) -> Counts:
    return {key: some.get(key, 0) + more.get(key, 0) for key in some.keys() | more.keys()}
