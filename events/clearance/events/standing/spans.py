"""How long clearance takes: the one definition, used by the API and by the metrics.

A span runs from one stage to another by the authority's own times, calendar time. A declaration that has begun a span
and may still end it is open, and is counted, never averaged; one that was rejected, deleted or withdrawn ends none.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple


class Span(NamedTuple):
    """Begins with the first stage of `begins` that was reached, ends with the first of `ends`."""

    name: str
    begins: tuple[str, ...]
    ends: tuple[str, ...]
    zh: str
    en: str


ACCEPTED = ("received", "reviewed")
"""When customs took the declaration; one whose receipt of reception never came counts from its review."""

SPANS = (
    Span("review", ("received",), ("reviewed",), "接收至审结", "received to reviewed"),
    Span("release", ACCEPTED, ("released",), "接收至放行", "received to released"),
    Span("closure", ("released",), ("closed", "exited"), "放行至结关", "released to closed or exited"),
    Span("whole", ACCEPTED, ("closed", "exited"), "申报至结关", "received to closed or exited"),
)
"""Source: WCO Time Release Study, version 4: time per activity, with mean, median, spread, and those still open."""
ENDS = frozenset(stage for span in SPANS for stage in span.ends)


def first(stage_times: Mapping[str, datetime], stages: Iterable[str]) -> datetime | None:
    """The time of the first of `stages`, in their order, that was reached."""
    for stage in stages:
        if stage in stage_times:
            return stage_times[stage]
    return None


def lengths(stage_times: Mapping[str, datetime]) -> dict[str, float]:
    """Seconds of each span that has ended. One whose end is dated before its beginning is left out: see A17."""
    seconds: dict[str, float] = {}
    if ENDS.isdisjoint(stage_times):
        return seconds
    for span in SPANS:
        if (ended := first(stage_times, span.ends)) is None:
            continue
        begun = first(stage_times, span.begins)
        if begun is not None and ended >= begun:
            seconds[span.name] = (ended - begun).total_seconds()
    return seconds


def begun(stage_times: Mapping[str, datetime]) -> dict[str, datetime]:
    """Since when each span runs that has begun and not ended."""
    starts = {span.name: first(stage_times, span.begins) for span in SPANS if first(stage_times, span.ends) is None}
    return {name: at for name, at in starts.items() if at is not None}
