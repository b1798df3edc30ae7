"""The board counts in plain numbers, shows them as Prometheus reads them, and takes nothing that is not declared."""

import math
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from clearance.metrics import Board, Labels, Metric
from clearance.metrics.declared import DECLARED

SOME = (
    Metric("demo_things_total", "counter", ("sort", "result"), "things happened"),
    Metric("demo_open", "gauge", (), "more is open"),
    Metric("demo_seconds", "histogram", ("stage",), "it takes long", (0.1, 1.0, 10.0)),
)
Series = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def shown(board: Board) -> Series:
    """What a scrape says, read back by Prometheus' own parser: name and labels → value."""
    registry = CollectorRegistry()
    registry.register(board)
    families = text_string_to_metric_families(generate_latest(registry).decode())
    samples = (sample for family in families for sample in family.samples)
    return {(one.name, tuple(sorted(one.labels.items()))): one.value for one in samples}


def test_it_shows_what_was_counted() -> None:
    board = Board(SOME)
    board.add("demo_things_total", "a", "ok")
    board.add("demo_things_total", "a", "ok", by=2)
    board.add("demo_things_total", 'quoted "b"\n\\', "报关")
    board.set("demo_open", to=7)
    board.set("demo_open", to=4)
    assert shown(board) == {
        ("demo_things_total", (("result", "ok"), ("sort", "a"))): 3.0,
        ("demo_things_total", (("result", "报关"), ("sort", 'quoted "b"\n\\'))): 1.0,
        ("demo_open", ()): 4.0,
    }
    assert board.value("demo_things_total", "a", "ok") == 3
    assert board.value("demo_things_total", "a", "never") == 0


def test_it_says_what_each_metric_is_before_anything_was_counted() -> None:
    registry = CollectorRegistry()
    registry.register(Board(tuple(DECLARED.values())))
    found = {one.name: one for one in text_string_to_metric_families(generate_latest(registry).decode())}
    for metric in DECLARED.values():
        family = found[metric.name.removesuffix("_total")]
        assert (family.type, family.documentation) == (metric.kind, metric.rise)


def test_a_gauge_that_is_replaced_forgets_what_it_had() -> None:
    board = Board((Metric("demo_open", "gauge", ("rule",), "more is open"),))
    board.set("demo_open", "A01", to=3)
    board.replace("demo_open", {("A02",): 1.0})
    assert shown(board) == {("demo_open", (("rule", "A02"),)): 1.0}


def test_what_is_told_at_the_scrape_is_as_it_is_then() -> None:
    board = Board(SOME)
    things: dict[Labels, float] = {("a", "ok"): 1.0}
    board.at_scrape("demo_things_total", lambda: things)
    assert board.value("demo_things_total", "a", "ok") == 1
    things[("a", "ok")] = 5.0
    things[("b", "ok")] = 1.0
    assert shown(board) == {
        ("demo_things_total", (("result", "ok"), ("sort", "a"))): 5.0,
        ("demo_things_total", (("result", "ok"), ("sort", "b"))): 1.0,
    }


def test_a_counter_continues_from_what_a_restart_found() -> None:
    board = Board(SOME)
    board.set("demo_things_total", "a", "ok", to=41)
    board.add("demo_things_total", "a", "ok")
    assert board.value("demo_things_total", "a", "ok") == 42


@drawn(st.lists(st.floats(0, 100), max_size=40))
def test_a_histogram_is_cumulative(seconds: list[float]) -> None:
    board = Board(SOME)
    for one in seconds:
        board.observe("demo_seconds", "release", seconds=one)
    found = shown(board)
    stage = ("stage", "release")
    for bound in (0.1, 1.0, 10.0) if seconds else ():
        assert found["demo_seconds_bucket", (("le", str(bound)), stage)] == sum(one <= bound for one in seconds)
    if seconds:
        assert found["demo_seconds_bucket", (("le", "+Inf"), stage)] == len(seconds)
        assert found["demo_seconds_count", (stage,)] == len(seconds)
        assert found["demo_seconds_sum", (stage,)] == pytest.approx(math.fsum(seconds))
    else:
        assert found == {}


@drawn(st.lists(st.floats(0, 100), min_size=1, max_size=40), st.sampled_from([0.5, 0.9, 0.99, 1.0]))
def test_a_quantile_is_the_bound_of_the_bucket_that_holds_it(seconds: list[float], share: float) -> None:
    board = Board(SOME)
    for one in seconds:
        board.observe("demo_seconds", "release", seconds=one)
    bound = board.quantile("demo_seconds", share, "release")
    exact = sorted(seconds)[math.ceil(share * len(seconds)) - 1]
    assert bound == next((one for one in (0.1, 1.0, 10.0) if exact <= one), math.inf)


def test_there_is_no_quantile_of_nothing() -> None:
    assert Board(SOME).quantile("demo_seconds", 0.5, "release") is None


UNDECLARED: dict[str, Any] = {
    "a name to add": lambda board: board.add("demo_thing_total", "a", "ok"),
    "a name to set": lambda board: board.set("demo_opened", to=1),
    "a name to replace": lambda board: board.replace("demo_opened", {(): 1.0}),
    "a name to observe": lambda board: board.observe("demo_second", "release", seconds=1),
    "a histogram added to": lambda board: board.add("demo_seconds", "release"),
    "a histogram set": lambda board: board.set("demo_seconds", "release", to=1),
    "a gauge observed": lambda board: board.observe("demo_open", seconds=1),
    "too few labels": lambda board: board.add("demo_things_total", "a"),
    "too many labels": lambda board: board.add("demo_things_total", "a", "ok", "more"),
    "labels where there are none": lambda board: board.set("demo_open", "a", to=1),
    "no labels of a histogram": lambda board: board.observe("demo_seconds", seconds=1),
    "a name at the scrape": lambda board: board.at_scrape("demo_opened", dict),
    "a text for labels": lambda board: board.replace("demo_things_total", {"ok": 1.0}),
    "too few labels among good ones": lambda board: board.replace("demo_things_total", {("a", "ok"): 1.0, ("a",): 2.0}),
}


@pytest.mark.parametrize("what", UNDECLARED)
def test_it_refuses_at_once(what: str) -> None:
    board = Board(SOME)
    with pytest.raises((KeyError, ValueError), match="demo_"):
        UNDECLARED[what](board)
    assert shown(board) == {}, "and nothing was counted"
