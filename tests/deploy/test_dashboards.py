"""The dashboards ask only for what our processes export, in a way that gives an answer, and say what it means."""

import json
import re
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from deploy.grafana import draw
from deploy.grafana.looks import steps

from clearance.metrics import Metric
from clearance.metrics.declared import DECLARED

from .promql import Asked, asked

DEPLOY = Path(__file__).parents[2] / "deploy"
TITLES = ["Is it working?", "Where do declarations stand?", "Clearance times", "API and feed", "Kafka and workers"]
BOARDS: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (DEPLOY / "grafana/dashboards").glob("*.json")
}
PANELS = [
    pytest.param(panel, id=f"{name}: {panel['title']}") for name, told in BOARDS.items() for panel in told["panels"]
]
WRITTEN = [
    pytest.param(panel, id=f"{name}: {panel['title']}")
    for name, told in draw.read().items()
    for panel in told["panels"]
]
WATCHED = [
    pytest.param(panel, id=f"{name}: {panel['title']}")
    for name, told in draw.read().items()
    for panel in told["panels"]
    if "alert" in panel
]
QUERIES = [
    pytest.param(panel, target, id=f"{name}: {panel['title']} {target['refId']}")
    for name, told in BOARDS.items()
    for panel in told["panels"]
    for target in panel["targets"]
]
RULES = [
    rule
    for path in sorted((DEPLOY / "prometheus/rules").glob("*.yml"))
    for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
UNITS = {"none", "s", "short", "bytes", "cps", "cpm", "reqps", "percentunit", "dateTimeAsIso"}
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
        assert (suffix == "_bucket") == ("le" in one.labels)
        assert suffix == "_bucket" or "histogram_quantile" not in one.functions
    assert target["expr"].count("histogram_quantile") == target["expr"].count(" >= 0"), "of nothing it is not a number"


@pytest.mark.parametrize(("panel", "target"), QUERIES)
def test_a_share_is_that_below_a_bound_that_there_is(panel: dict[str, Any], target: dict[str, Any]) -> None:
    bounds = {str(bound) for _, metric, suffix in own(target) if suffix == "_bucket" for bound in metric.buckets}
    assert {*re.findall(r'le="([^"]*)"', target["expr"])} <= bounds


@pytest.mark.parametrize(("panel", "target"), QUERIES)
def test_a_legend_names_labels_that_the_query_keeps(panel: dict[str, Any], target: dict[str, Any]) -> None:
    legend = target["legendFormat"]
    named = {part.split("}}")[0] for part in legend.split("{{")[1:]}
    kept = {label for one in asked(target["expr"]) for label in one.labels}
    assert named <= kept


def test_they_are_the_five_that_ops_look_at_as_they_are_written() -> None:
    assert [board["title"] for board in draw.read().values()] == TITLES
    titles = [panel["title"] for board in draw.read().values() for panel in board["panels"]]
    assert sorted(titles) == sorted({*titles})
    for name, text in draw.draw().items():
        assert (Path(draw.__file__).parent / name).read_text(encoding="utf-8") == text, "out of date: run `make draw`"
    assert {f"dashboards/{name}.json" for name in BOARDS} == {name for name in draw.draw() if name.endswith(".json")}


def test_grafana_opens_with_the_first() -> None:
    services = yaml.safe_load((DEPLOY.parent / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    home = services["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert BOARDS[Path(home).stem]["title"] == TITLES[0]


def test_every_metric_that_is_declared_is_looked_at_or_watched() -> None:
    queries = [target["expr"] for board in BOARDS.values() for panel in board["panels"] for target in panel["targets"]]
    queries += [rule["expr"] for rule in RULES]
    names = {one.metric.removesuffix("_bucket").removesuffix("_count") for query in queries for one in asked(query)}
    assert {*DECLARED} - names == set()


@pytest.mark.parametrize("panel", PANELS)
def test_it_says_what_it_shows_and_asks_the_provisioned_prometheus(panel: dict[str, Any]) -> None:
    sources = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/prometheus.yml").read_text(encoding="utf-8"))
    (source,) = sources["datasources"]
    assert panel["datasource"] == {"type": "prometheus", "uid": source["uid"]}
    assert len(panel["description"].split()) >= 8
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS


@pytest.mark.parametrize("panel", WRITTEN)
def test_it_has_thresholds_in_order(panel: dict[str, Any]) -> None:
    values = [step["value"] for step in steps(panel)]
    assert len(values) >= 2
    assert values[0] is None
    assert values[1:] == sorted({*values[1:]})


@pytest.mark.parametrize("panel", WATCHED)
def test_the_alert_that_it_names_watches_the_same(panel: dict[str, Any]) -> None:
    """The panel and the alert share a metric; the alert has a runbook."""
    rules = [rule for rule in RULES if rule.get("alert") == panel["alert"]]
    recorded = {rule["record"]: rule["expr"] for rule in RULES if "record" in rule}
    watched = {one.metric for rule in rules for one in asked(rule["expr"])}
    watched |= {one.metric for name in watched & {*recorded} for one in asked(recorded[name])}
    shown = {one.metric for query in panel["queries"].values() for one in asked(query)}
    assert shown & watched
    assert (DEPLOY.parent / "docs/runbooks" / f"{panel['alert']}.md").exists()


@pytest.mark.parametrize("board", BOARDS)
def test_no_panel_covers_another(board: str) -> None:
    panels = BOARDS[board]["panels"]
    places = [(panel["title"], panel["gridPos"]) for panel in panels]
    assert [one for one, count in Counter(panel["id"] for panel in panels).items() if count > 1] == []
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
