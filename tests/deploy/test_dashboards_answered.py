"""A real Prometheus answers every query of the dashboards: at the start of our processes, and when all was counted."""

import math
import os
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from deploy.grafana import draw
from deploy.grafana.looks import asked

from clearance.devbroker.local import free_port
from clearance.metrics import Board, Metric
from clearance.metrics.declared import ANALYST, API, EDGE, NOTICES, PROCESS, PROJECTOR, SIMULATOR, TRACKER
from clearance.metrics.serving import serve

from .prometheus import Prometheus, scraping
from .promtool import NoPromtool, server

PROCESSES = {
    "tracker": (*PROCESS, *TRACKER),
    "analyst": (*PROCESS, *ANALYST),
    "projector": (*PROCESS, *PROJECTOR),
    "api": (*PROCESS, *EDGE, *API),
    "notices": (*PROCESS, *NOTICES),
    "simulator": (*PROCESS, *SIMULATOR),
}
VALUES = {"dependency": ("broker", "database"), "open": ("true", "false"), "stage": ("release",)}
VALUES |= {"result": ("refused",), "status": ("500",)}
"""Of the labels whose values the queries name."""
PANELS = [
    pytest.param(panel, id=f"{name}: {panel['title']}")
    for name, told in draw.read().items()
    for panel in told["panels"]
]


def count(board: Board, metric: Metric) -> None:
    """One more of everything that the metric counts, for each value of its labels."""
    for labels in product(*(VALUES.get(name, ("some",)) for name in metric.labels)):
        match metric.kind:
            case "histogram":
                board.observe(metric.name, *labels, seconds=1.0)
            case "counter":
                board.add(metric.name, *labels)
            case "gauge":
                board.set(metric.name, *labels, to=board.value(metric.name, *labels) + 1)


@pytest.fixture(scope="module")
def boards() -> dict[str, tuple[Board, int]]:
    """Those of five processes that have just started, each shown on a port."""
    found = {name: (Board(declared), free_port()) for name, declared in PROCESSES.items()}
    for board, port in found.values():
        serve(board, "127.0.0.1", port, "none")
    return found


@pytest.fixture(scope="module")
def prometheus(boards: dict[str, tuple[Board, int]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    try:
        server()
    except NoPromtool as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))
    with scraping({name: port for name, (_, port) in boards.items()}, tmp_path_factory.mktemp("prometheus")) as found:
        found.sees(f"count(up == 1) == {len(boards)}")
        yield found


@pytest.fixture(scope="module")
def at_the_start(prometheus: Prometheus) -> dict[str, list[list[float]]]:
    """What each panel finds by its title, before anything was counted."""
    return {
        panel["title"]: [prometheus.values(asked(panel, query)) for query in panel["queries"].values()]
        for told in draw.read().values()
        for panel in told["panels"]
    }


@pytest.fixture(scope="module")
def counted(at_the_start: object, boards: dict[str, tuple[Board, int]], prometheus: Prometheus) -> Prometheus:
    """Prometheus when it has seen everything counted, and rising: what it waits for is counted last."""
    for times in (1, 2):
        for board, _ in boards.values():
            for metric in reversed(board.declared.values()):
                count(board, metric)
        prometheus.sees(f'count(clearance_dependency_up{{dependency="database"}} == {times}) == {len(boards)}')
    return prometheus


@pytest.mark.parametrize("panel", PANELS)
def test_it_has_data_at_the_start_or_says_what_it_means_that_there_are_none(
    panel: dict[str, Any], at_the_start: dict[str, list[list[float]]]
) -> None:
    found = at_the_start[panel["title"]]
    assert not any(math.isnan(value) for values in found for value in values)
    assert "absent" in panel or all(found)


@pytest.mark.parametrize("panel", PANELS)
def test_it_finds_what_was_counted(panel: dict[str, Any], counted: Prometheus) -> None:
    for query in panel["queries"].values():
        values = counted.values(query)
        assert values, query
        assert not any(math.isnan(value) for value in values)
