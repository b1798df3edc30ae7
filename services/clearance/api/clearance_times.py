"""`/v1/clearance-times`: how long clearance takes; see `docs/clearance-times.md`. Provisional."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from clearance.api import models, parameters
from clearance.api.page import page
from clearance.api.problems import documented
from clearance.api.questions import question
from clearance.api.request import Ask
from clearance.api.words import Words
from clearance.events.standing.spans import SPANS
from clearance.events.values.buckets import QUANTILES_WITHIN
from clearance.store.rows import Times

router = page("clearance times")
IN_ORDER = {span.name: place for place, span in enumerate(SPANS)}
NOTE = {
    "en": "Provisional. Calendar time by the authority's clock, of declarations that began the span in the period. "
    "Unfinished ones are counted and not averaged; since those are the slow ones, the figures still rise. Left out: "
    "declarations that will not end the span, and ends dated before their beginning. Medians and p90 are within 1 %.",
    "zh": "暂定数据。按海关时间计算的日历时长，以区间起点落在所选时段内的报关单为准。未结的只计数、不参与平均；"
    "其用时通常更长，故数值仍会上升。未计入：不会再完成该区间的报关单，以及终点早于起点的报关单。"
    "中位数与 P90 误差不超过 1%。",
}
MICROSECONDS = 6
"""Decimals of a length: what a float adds behind them is noise."""


@router.get(
    "/v1/clearance-times",
    summary="How long clearance takes",
    response_model=models.ClearanceTimes,
    responses=documented(),
)
@question("dear", shared=True)
def times(
    ask: Ask,
    by: parameters.By = [],  # noqa: B006 # read only, and shown as the default
    began_from: parameters.BeganFrom = None,
    began_before: parameters.BeganBefore = None,
) -> Any:
    """How long clearance takes, from stage to stage: how many, median, p90, mean, and how many are unfinished.

    `began_from` and `began_before` choose by the beginning of the span, so that a period is a cohort and does not
    favour the fast.
    """
    dimensions = list(dict.fromkeys(by))
    with ask.reading() as reader:
        found = reader.clearance_times(dimensions, began_from, began_before)
    return shown(
        found=found,
        by=dimensions,
        began_from=began_from,
        began_before=began_before,
        now=ask.stream_time(),
        words=ask.words,
    )


def shown(
    found: Iterable[Times],
    by: Sequence[str],
    began_from: datetime | None,
    began_before: datetime | None,
    now: datetime | None,
    words: Words,
) -> models.ClearanceTimes:
    """The times with words; `now` is the last clock folded."""
    known = sorted((one for one in found if one.span in IN_ORDER), key=lambda one: (IN_ORDER[one.span], one.group))
    return models.ClearanceTimes(
        provisional=True,
        note=NOTE[words.language],
        began_from=began_from,
        began_before=began_before,
        ages_at=now,
        quantiles_within=QUANTILES_WITHIN,
        spans=[_span(one, by, now, words) for one in known],
    )


def _span(one: Times, by: Sequence[str], now: datetime | None, words: Words) -> models.SpanTimes:
    span = SPANS[IN_ORDER[one.span]]
    return models.SpanTimes(
        span=models.Coded(code=span.name, words=span.zh if words.language == "zh" else span.en),
        by=dict(zip(by, one.group, strict=True)),
        n=one.n,
        mean_seconds=_rounded(one.mean),
        median_seconds=_rounded(one.median),
        p90_seconds=_rounded(one.p90),
        unfinished=one.open,
        unfinished_median_age_seconds=_age(one.open_since, now),
        left_out=one.left_out,
    )


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, MICROSECONDS)


def _age(since: datetime | None, now: datetime | None) -> float | None:
    return None if since is None or now is None else _rounded(max(0.0, (now - since).total_seconds()))
