"""How long a span usually takes where a declaration is: of the narrowest cohort with enough that have ended.

The surprise: figures are kept for a minute, so that an explanation costs no ranking of a whole office each time.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from clearance.settings.clock import monotonic
from clearance.store.reader import Reader
from clearance.store.rows import Times

LEAST = 5
"""Of fewer nothing is said: it would tell of single declarations, and predict nothing."""
KEPT_SECONDS = 60.0
MOST = 1000
"""Cohorts that are kept."""
COHORTS = (("authority", "office", "direction"), ("authority", "direction"))
"""Dimensions, the narrowest first."""
Usual = tuple[Mapping[str, str], Times]


class Running(NamedTuple):
    """A span that a declaration has begun and not ended, and the values of its dimensions."""

    span: str
    since: datetime
    cohort: Mapping[str, str]


class UsualTimes:
    """What was asked of the store lately, by epoch, viewer, span and cohort."""

    def __init__(self) -> None:
        self._kept: dict[tuple[object, ...], tuple[float, Times | None]] = {}

    def of(self, reader: Reader, epoch: int, running: Running) -> Usual | None:
        """The narrowest cohort with enough that have ended, and its times."""
        for dimensions in COHORTS:
            cohort = {name: running.cohort[name] for name in dimensions}
            times = self._times(reader, epoch, running.span, cohort)
            if times is not None and times.n >= LEAST:
                return cohort, times
        return None

    def _times(self, reader: Reader, epoch: int, span: str, cohort: Mapping[str, str]) -> Times | None:
        key = (epoch, reader.viewer, span, *cohort.items())
        asked_at, times = self._kept.get(key, (float("-inf"), None))
        if monotonic() - asked_at < KEPT_SECONDS:
            return times
        times = reader.times_of_cohort(span, cohort)
        if len(self._kept) >= MOST:
            self._kept.clear()
        self._kept[key] = monotonic(), times
        return times
