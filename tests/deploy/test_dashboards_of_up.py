"""The dashboards of the product at work, as `clearance up` starts it: what ops would see after a minute."""

import math
from pathlib import Path

import pytest
from deploy.grafana import draw
from deploy.grafana.looks import asked
from tests.system.test_up import running, shows_the_product

from .prometheus import scraping

UNKNOWN = {"Age of the keys", "Keys that end", "Certificates that end", "Clocks"}
"""Nobody needs a key there, nothing is encrypted, and the embedded broker tells no time of its own."""


@pytest.mark.soak
def test_every_panel_has_data_after_a_minute(tmp_path: Path) -> None:
    (tmp_path / "prometheus").mkdir()
    with running(tmp_path, "--seed", "7") as up:
        jobs = {name.removesuffix("_METRICS").lower(): port for name, port in up.ports.items()}
        with scraping(jobs, tmp_path / "prometheus") as prometheus:
            shows_the_product(up)
            prometheus.sees('increase(clearance_stage_seconds_count{stage="release"}[1h]) > 0')
            panels = [panel for told in draw.read().values() for panel in told["panels"]]
            found = {
                panel["title"]: [prometheus.values(asked(panel, query)) for query in panel["queries"].values()]
                for panel in panels
            }
    assert {title for title, values in found.items() if not all(values)} <= UNKNOWN
    assert [title for title, values in found.items() for each in values if any(map(math.isnan, each))] == []
