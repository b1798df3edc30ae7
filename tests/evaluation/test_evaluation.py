"""The evaluation: fixed rules do what they say in the field, and the same wish gives the same table."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.helpers.command import clearance

from clearance.evaluation.seeds import START, Evaluation, Wish, evaluate, one_seed

SMALL = Wish(seeds=(1, 2), declarations=500, processes=1)


@pytest.fixture(scope="module")
def small() -> Evaluation:
    return evaluate(SMALL)


def test_fixed_rules_raise_what_the_labels_say_and_nothing_else(small: Evaluation) -> None:
    assert len(small.rules) > 12
    for score in small.rules:
        for estimate in (score.label_precision, score.label_recall):
            assert estimate is None or estimate.value == 1, score.rule


def test_of_troubles_it_tells_how_well_the_durations_fit(small: Evaluation) -> None:
    by_rule = {score.rule: score for score in small.rules}
    assert by_rule["A06"].precision == by_rule["A06"].recall  # a rejection is told at once
    stuck = by_rule["A04"]
    assert stuck.recall is not None
    assert stuck.recall.value > 0.5
    assert stuck.precision is not None
    assert stuck.precision.low <= stuck.precision.value <= stuck.precision.high < 0.5
    assert stuck.delay_minutes is not None
    assert stuck.delay_minutes.value == pytest.approx(120, abs=15)


def test_a_warning_comes_before_the_trouble(small: Evaluation) -> None:
    [risk] = [score for score in small.rules if score.rule == "A11"]
    assert risk.delay_minutes is not None
    assert risk.delay_minutes.value < 0


def test_outages_are_told_with_their_members(small: Evaluation) -> None:
    assert any(one.members for one in small.outages)
    assert all(list(one.members) == sorted(one.members) for one in small.outages)


def test_seeds_in_processes_of_their_own_give_the_same(small: Evaluation) -> None:
    told: list[int] = []
    assert evaluate(Wish(seeds=(1, 2), declarations=500, processes=2), told.append) == small
    assert told == [1, 2]


def test_days_of_a_seed_are_those_of_its_declarations() -> None:
    counted = one_seed(1, Wish(seeds=(1,), declarations=60)).tallies
    days = {day for by_day in counted.values() for day in by_day}
    assert date(2026, 4, 13) <= min(days) <= max(days) <= (START + timedelta(days=45)).date()


def test_a_clean_world_has_no_outage() -> None:
    assert evaluate(Wish(seeds=(1,), declarations=200, world="clean")).outages == []


def test_the_command_prints_a_table_or_json() -> None:
    code, said = clearance("evaluate", "--seeds", "1", "--declarations", "60")
    assert code == 0
    assert "A06" in said
    code, said = clearance("evaluate", "--seeds", "1", "--declarations", "60", "--json")
    assert (code, json.loads(said)["seeds"]) == (0, [1])


@pytest.mark.soak
def test_an_office_that_is_down_is_an_incident_and_named_exactly() -> None:
    result = one_seed(1, Wish(seeds=(1,), declarations=20_000))
    [found] = [one for one in result.incidents if one.group == (("office", "3101"),)]
    [down] = [one for one in result.outages if one.outage.kind == "office-down"]
    assert down.outage.since < found.opened_at < down.outage.until
    assert result.incident_tally.exact >= 1


@pytest.mark.parametrize(("seeds", "told"), [("a", "write 101-105"), ("5-1", "up to 999"), ("1-1000", "up to 999")])
def test_wrong_seeds_are_told(seeds: str, told: str) -> None:
    code, said = clearance("evaluate", "--seeds", seeds)
    assert code == 2
    assert told in said


def test_broken_thresholds_are_told_with_file_and_line(tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text("rule\nA04\n", encoding="utf-8")
    code, said = clearance("evaluate", "--seeds", "1", "--declarations", "10", "--durations", str(own))
    assert code == 2
    assert f"{own}:1:" in said


@pytest.mark.soak
def test_fixed_rules_are_exact_on_fifty_thousand_declarations() -> None:
    result = evaluate(Wish(seeds=(101,), declarations=50_000))
    ratios = [(score.label_precision, score.label_recall) for score in result.rules]
    assert {estimate.value for pair in ratios for estimate in pair if estimate is not None} == {1.0}
