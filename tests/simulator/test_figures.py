"""The figures: where each is from, what they add up to, and what is said of broken ones."""

from collections.abc import Callable
from math import exp
from pathlib import Path
from typing import Any

import pytest
import yaml

from clearance.authorities.cn.transport_modes import transport_modes
from clearance.settings.tables import default_tables
from clearance.simulator.figures import DIRECTIONS, FIGURES, InvalidFigures, default_figures, load_figures
from clearance.simulator.odds import Odds
from clearance.simulator.sections import Direction, Mode
from clearance.simulator.words import words
from clearance.simulator.writers.cn_receipt import MODES

ODDS = Odds(default_figures())
HOUR = 3600


def mean_hours(name: str, direction: Direction, mode: Mode) -> float:
    mu, sigma = ODDS.delay(name, direction, mode).shape
    return exp(mu + sigma**2 / 2) / HOUR


def test_exports_are_released_in_the_published_mean_time() -> None:
    assert mean_hours("release", "export", "sea") == pytest.approx(1.03, rel=0.1)


def test_sea_exports_are_closed_within_some_five_working_days_of_leaving() -> None:
    assert 24 < mean_hours("closure", "export", "sea") < 5 * 24


def test_the_most_specific_delay_counts() -> None:
    by_road, by_sea = ODDS.delay("closure", "export", "road"), ODDS.delay("closure", "export", "sea")
    assert (by_road.mode, by_sea.mode, by_sea.direction) == ("road", None, "export")


def test_every_kind_of_declaration_has_a_scenario() -> None:
    for authority in default_figures().authorities:
        for direction in DIRECTIONS:
            for inspected in (False, True):
                assert len(ODDS.scenario(authority, direction, inspected)) > 0


def test_words_stand_for_statuses_and_modes_for_codes_that_there_are() -> None:
    statuses = default_tables().codes.statuses.keys() | {"released_conditionally"}
    said = {status for word in words().values() for status in (word.stands, word.opens, *word.ends)} - {"", "all"}
    assert said <= statuses
    assert {name: transport_modes()[code].mode for name, code in MODES.items()} == {name: name for name in MODES}


Change = Callable[[dict[str, Any]], None]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda f: f["delays"][0].pop("source"), "delays.0.source: Field required"),
        (lambda f: f["delays"][0].update(source="hearsay"), "delays.0.source: 'hearsay' is no entry of sources"),
        (lambda f: f["delays"][0].update(p90="PT0.1S"), "delays.0: p90 must be longer than the median"),
        (lambda f: f["scenarios"]["green"].update(steps="filed, relased"), "scenarios.green.steps: 'relased' is no"),
        (lambda f: f["scenarios"]["green"].update(steps="filed, closed after lunch"), "no delay 'lunch' for import"),
        (lambda f: f["traders"][0].update(scc="91330108MA2XYN1018"), "traders.0.scc: "),
        (lambda f: f["traders"][0].update(credit="none"), "traders: credit ['none'] is not in credit"),
        (lambda f: f["transport_plans"]["modes"].pop("rail"), "transport_plans.modes: ['rail'] is missing"),
        (lambda f: f["faults"]["drop"].update(share=1.5), "faults.drop.share: "),
        (lambda f: f.update(surprise=1), "surprise: "),
    ],
)
def test_broken_figures_are_refused_with_file_and_key(tmp_path: Path, change: Change, told: str) -> None:
    figures = yaml.safe_load(FIGURES.read_text(encoding="utf-8"))
    change(figures)
    path = tmp_path / "figures.yaml"
    path.write_text(yaml.safe_dump(figures, allow_unicode=True), encoding="utf-8")
    with pytest.raises(InvalidFigures) as error:
        load_figures(path)
    assert str(error.value).startswith(f"{path}: ")
    assert told in str(error.value)


def test_figures_that_cannot_be_read_are_refused_with_the_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidFigures, match=r"none\.yaml: cannot be read"):
        load_figures(tmp_path / "none.yaml")
