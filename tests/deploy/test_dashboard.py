"""The dashboard asks only for what our processes export, in a way that gives an answer."""

import json
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from clearance.metrics import Metric
from clearance.metrics.declared import DECLARED

from .promql import Asked, asked

DEPLOY = Path(__file__).parents[2] / "deploy"
DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana/dashboards/clearance.json").read_text(encoding="utf-8"))
PANELS: list[dict[str, Any]] = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
QUERIES = [
    pytest.param(panel, target, id=f"{panel['title']} {target['refId']}")
    for panel in PANELS
    for target in panel["targets"]
]
OVER_TIME = {"rate", "increase", "irate"}
SUFFIXES = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("",), "gauge": ("",)}
FROM_PROMETHEUS = {"up": frozenset({"job", "instance"})}
ALWAYS = {"job", "instance"}


def declared(one: Asked) -> tuple[Metric, str]:
    """The metric that a query means, and which part of a histogram."""
    for metric in DECLARED.values():
        for suffix in SUFFIXES[metric.kind]:
            if one.metric == metric.name + suffix:
                return metric, suffix
    pytest.fail(f"{one.metric} is exported by none of our processes", pytrace=False)


def own(target: dict[str, Any]) -> list[tuple[Asked, Metric, str]]:
    return [(one, *declared(one)) for one in asked(target["expr"]) if one.metric not in FROM_PROMETHEUS]


@pytest.mark.parametrize(("panel", "target"), QUERIES)
def test_every_metric_queried_is_declared(panel: dict[str, Any], target: dict[str, Any]) -> None:
    assert asked(target["expr"]), "asks for nothing"
    own(target)


@pytest.mark.parametrize(("panel", "target"), QUERIES)
def test_every_label_queried_is_declared(panel: dict[str, Any], target: dict[str, Any]) -> None:
    for one, metric, suffix in own(target):
        assert one.labels <= {*metric.labels, *ALWAYS, *(["le"] if suffix == "_bucket" else [])}


@pytest.mark.parametrize(("panel", "target"), QUERIES)
def test_counters_are_asked_for_how_fast_they_grow_and_gauges_are_not(
    panel: dict[str, Any], target: dict[str, Any]
) -> None:
    for one, metric, _ in own(target):
        grows = metric.kind != "gauge"
        assert bool(OVER_TIME & {*one.functions}) == grows
        assert one.is_range == grows or (one.is_range and "deriv" in one.functions)


@pytest.mark.parametrize(("panel", "target"), QUERIES)
def test_a_quantile_keeps_the_buckets_apart(panel: dict[str, Any], target: dict[str, Any]) -> None:
    for one, _, suffix in own(target):
        assert ("histogram_quantile" in one.functions) == (suffix == "_bucket") == ("le" in one.labels)


@pytest.mark.parametrize(("panel", "target"), QUERIES)
def test_a_legend_names_labels_that_the_query_keeps(panel: dict[str, Any], target: dict[str, Any]) -> None:
    legend = target["legendFormat"]
    named = {part.split("}}")[0] for part in legend.split("{{")[1:]}
    kept = {label for one in asked(target["expr"]) for label in one.labels}
    assert named <= kept


def test_every_panel_says_what_it_shows_and_asks_the_provisioned_prometheus() -> None:
    sources = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/prometheus.yml").read_text(encoding="utf-8"))
    (source,) = sources["datasources"]
    for panel in PANELS:
        assert panel["description"], panel["title"]
        assert panel["datasource"] == {"type": "prometheus", "uid": source["uid"]}


def test_no_panel_covers_another() -> None:
    places = [(panel["title"], panel["gridPos"]) for panel in DASHBOARD["panels"]]
    assert [one for one, count in Counter(panel["id"] for panel in DASHBOARD["panels"]).items() if count > 1] == []
    assert all(place["x"] + place["w"] <= 24 for _, place in places)
    covered = [
        (name, other)
        for (name, a), (other, b) in combinations(places, 2)
        if a["x"] < b["x"] + b["w"]
        and b["x"] < a["x"] + a["w"]
        and a["y"] < b["y"] + b["h"]
        and b["y"] < a["y"] + a["h"]
    ]
    assert covered == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("up", [Asked("up", (), frozenset(), False)]),
        ('sum(a{b="c", d=~"e|f"})', [Asked("a", ("sum",), frozenset({"b", "d"}), False)]),
        (
            "histogram_quantile(0.9, sum by (x, le) (rate(a_bucket[5m])))",
            [Asked("a_bucket", ("rate", "sum", "histogram_quantile"), frozenset({"x", "le"}), True)],
        ),
        (
            "60 * max(a) / sum(b) by (x)",
            [Asked("a", ("max",), frozenset(), False), Asked("b", ("sum",), frozenset({"x"}), False)],
        ),
    ],
)
def test_it_reads_promql(query: str, expected: list[Asked]) -> None:
    assert asked(query) == expected


@pytest.mark.parametrize("query", ["sum(a", "a)", "sum(a{b=c~d})", "a ; b", "rate(a[5m)]"])
def test_what_is_no_promql_is_refused(query: str) -> None:
    with pytest.raises(ValueError, match=r"parenthesis|unexpected|invalid|parse"):
        asked(query)
