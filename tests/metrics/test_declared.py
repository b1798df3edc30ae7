"""Every metric is named as Prometheus asks, says what a rise means, and is declared once."""

import re

import pytest

from clearance.metrics import Metric
from clearance.metrics.declared import ANALYST, API, DECLARED, EDGE, NOTICES, PROCESS, PROJECTOR, SIMULATOR, TRACKER

ALL = [*PROCESS, *EDGE, *TRACKER, *ANALYST, *PROJECTOR, *API, *NOTICES, *SIMULATOR]
BASE_UNITS = {"seconds", "bytes", "ratio", "records"}
OTHER_UNITS = re.compile(
    r"_(milliseconds|ms|minutes|hours|days|kilobytes|kib|mb|percent|microseconds|nanoseconds|msec|secs?)(_|$)"
)
RESERVED = ("_count", "_sum", "_bucket", "_info", "_created")
RESERVED_LABELS = {"le", "quantile", "job", "instance", "__name__"}


def test_no_name_is_declared_twice() -> None:
    names = [metric.name for metric in ALL]
    assert sorted(names) == sorted(set(names))
    assert {*DECLARED} == {*names}


@pytest.mark.parametrize("metric", ALL, ids=lambda metric: metric.name)
def test_it_is_named_as_prometheus_asks(metric: Metric) -> None:
    """The rules of `promtool check metrics`."""
    assert re.fullmatch(r"clearance_[a-z][a-z0-9_]*[a-z0-9]", metric.name)
    assert "__" not in metric.name
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    assert not metric.name.endswith(RESERVED)
    assert not OTHER_UNITS.search(metric.name)
    assert not {"counter", "gauge", "histogram"} & {*metric.name.split("_")}


@pytest.mark.parametrize("metric", ALL, ids=lambda metric: metric.name)
def test_its_labels_are_names_and_its_name_does_not_repeat_them(metric: Metric) -> None:
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", label) for label in metric.labels)
    assert len({*metric.labels}) == len(metric.labels)
    assert not RESERVED_LABELS & {*metric.labels}


@pytest.mark.parametrize("metric", ALL, ids=lambda metric: metric.name)
def test_it_says_what_a_rise_means(metric: Metric) -> None:
    assert len(metric.rise.split()) >= 3
    assert "\n" not in metric.rise
    assert metric.rise[0].islower(), "it goes on from 'a rise means that'"
    assert not metric.rise.endswith(".")


@pytest.mark.parametrize("metric", [one for one in ALL if one.kind == "histogram"], ids=lambda metric: metric.name)
def test_a_histogram_has_its_unit_in_its_name_and_buckets_that_rise(metric: Metric) -> None:
    assert metric.name.rpartition("_")[2] in BASE_UNITS
    assert [*metric.buckets] == sorted({*metric.buckets})
    assert len(metric.buckets) >= 5
    assert metric.buckets[0] > 0
