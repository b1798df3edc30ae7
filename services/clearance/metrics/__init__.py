"""Metrics: declared in one table per process (`declared.py`), counted in plain numbers, exported when scraped.

Counting is a dictionary update, so that the hot path pays nothing; Prometheus' own objects are made at a scrape. What
grows old while a process hangs, ages and lags, is not set but worked out at the scrape (`at_scrape`). The surprise: a
name or label that is not declared is an error at once, not a new series.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

Labels = tuple[str, ...]
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Buckets of short times."""
HOURS = tuple(3600.0 * hours for hours in (0.25, 0.5, 1, 2, 4, 8, 24, 48, 72, 120, 168, 336, 720))
"""Buckets of stages of clearance."""


@dataclass(frozen=True)
class Metric:
    """One metric. `rise` says what it means when it goes up; `buckets` are upper bounds in the metric's unit."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    labels: Labels
    rise: str
    buckets: tuple[float, ...] = SECONDS


@dataclass(slots=True)
class _Histogram:
    counts: list[int]
    total: float = 0.0


class Board(Collector):
    """The numbers of one process. Labels are given in the order of the declaration.

    All that count raise `KeyError` for a name that is not declared as such a metric, `ValueError` for other labels.
    """

    def __init__(self, declared: tuple[Metric, ...]) -> None:
        self.declared = {metric.name: metric for metric in declared}
        self._values: dict[str, dict[Labels, float]] = {
            name: {} for name, metric in self.declared.items() if metric.kind != "histogram"
        }
        self._at_scrape: dict[str, Callable[[], Mapping[Labels, float]]] = {}
        self._histograms: dict[str, dict[Labels, _Histogram]] = {
            name: {} for name, metric in self.declared.items() if metric.kind == "histogram"
        }

    def add(self, name: str, *labels: str, by: float = 1) -> None:
        """A counter goes up."""
        values = self._values[name]
        if labels not in values:
            self._check(name, labels)
        values[labels] = values.get(labels, 0) + by

    def set(self, name: str, *labels: str, to: float) -> None:
        """A gauge has this value; also a counter that continues from what a restart found."""
        values = self._values[name]
        if labels not in values:
            self._check(name, labels)
        values[labels] = to

    def replace(self, name: str, values: Mapping[Labels, float]) -> None:
        """A gauge has these values and no others; also counters that continue."""
        for labels in values.keys() - self._values[name].keys():
            self._check(name, labels)
        self._values[name] = dict(values)

    def at_scrape(self, name: str, told: Callable[[], Mapping[Labels, float]]) -> None:
        """A gauge, or a counter that continues, has at each scrape the values that are told then, from the thread of
        the scrape."""
        self._values[name].clear()
        self._at_scrape[name] = told

    def observe(self, name: str, *labels: str, seconds: float) -> None:
        """A histogram has one more observation."""
        histograms, buckets = self._histograms[name], self.declared[name].buckets
        held = histograms.get(labels)
        if held is None:
            self._check(name, labels)
            held = histograms[labels] = _Histogram([0] * (len(buckets) + 1))
        held.counts[bisect_left(buckets, seconds)] += 1
        held.total += seconds

    def _check(self, name: str, labels: Labels) -> None:
        declared = self.declared[name].labels
        if not isinstance(labels, tuple) or len(labels) != len(declared):
            raise ValueError(f"{name} is declared with the labels {declared}, not with as many as {labels!r}")

    def value(self, name: str, *labels: str) -> float:
        """What a counter or gauge stands at; 0 before it was ever counted."""
        return self.values(name).get(labels, 0)

    def values(self, name: str) -> Mapping[Labels, float]:
        """What a counter or gauge stands at now, by labels."""
        if name in self._at_scrape:
            self.replace(name, self._at_scrape[name]())
        return self._values.get(name, {})

    def quantile(self, name: str, share: float, *labels: str) -> float | None:
        """The upper bound of the bucket in which that share of the observations lies; None without any."""
        held = self._histograms[name].get(labels)
        if held is None:
            return None
        wanted, seen = share * sum(held.counts), 0
        for bound, count in zip((*self.declared[name].buckets, float("inf")), held.counts, strict=True):
            seen += count
            if seen >= wanted:
                return bound
        return None

    def collect(self) -> Iterator[Family]:
        """What a scrape shows."""
        for name, metric in self.declared.items():
            yield _family(metric, dict(self.values(name)), dict(self._histograms.get(name, {})))


def _family(metric: Metric, values: Mapping[Labels, float], histograms: Mapping[Labels, _Histogram]) -> Family:
    if metric.kind == "histogram":
        family = HistogramMetricFamily(metric.name, metric.rise, labels=metric.labels)
        for labels, held in histograms.items():
            family.add_metric(labels, _cumulative(metric.buckets, held.counts), held.total)
        return family
    kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
    plain = kind(metric.name, metric.rise, labels=metric.labels)
    for labels, value in values.items():
        plain.add_metric(labels, value)
    return plain


def _cumulative(buckets: tuple[float, ...], counts: list[int]) -> list[tuple[str, float]]:
    found: list[tuple[str, float]] = []
    seen = 0
    for bound, count in zip((*map(str, buckets), "+Inf"), list(counts), strict=True):
        seen += count
        found.append((bound, seen))
    return found
