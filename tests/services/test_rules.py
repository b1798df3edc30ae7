"""`clearance rules`: what applies where, and why."""

import json
from pathlib import Path

import pytest
from rich.cells import cell_len
from tests.services.test_cli import run

from clearance.settings.tables import default_tables

OWN = """\
rule,authority,office,organisation,basis,level,after,calendar,severity,source
A04,cn,29,*,since,1,PT1H,always,medium,ours
A04,cn,2901,*,since,1,PT45M,always,medium,ours
A04,cn,*,3101910000,since,1,PT30M,always,high,ours
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.csv"
    path.write_text(OWN, encoding="utf-8")
    return path


def rows(*words: object) -> list[tuple[str, str, list[str]]]:
    told = json.loads(run("rules", "--json", *words).stdout)
    return [(one["row"], one["after"], one["before"]) for one in told]


def test_tells_which_row_counts_for_an_office_and_before_which_rows(own: Path) -> None:
    asked = ("--durations", own, "--rule", "A04", "--authority", "cn", "--office", "2901")
    shipped = ["cn/durations.csv:3", "cn/durations.csv:4", "own.csv:2"]
    assert rows(*asked, "--organisation", "none") == [("own.csv:3", "PT2700S", shipped)]
    [(place, after, _)] = rows(*asked, "--organisation", "3101910000")
    assert (place, after) == ("own.csv:4", "PT1800S")


def test_tells_all_that_some_declaration_has(own: Path) -> None:
    found = [place for place, _, _ in rows("--durations", own, "--rule", "A04", "--authority", "cn")]
    every = ["own.csv:4", "own.csv:3", "own.csv:2", "cn/durations.csv:3", "cn/durations.csv:4"]
    assert found == every
    assert [place for place, _, _ in rows("--durations", own, "--rule", "A04")] == every


def test_shipped_rows_are_all_told_and_each_once() -> None:
    assert sorted(place for place, _, _ in rows()) == sorted(row.place for row in default_tables().durations)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_fits_eighty_columns(language: str) -> None:
    told = run("rules", "--lang", language, columns="80").stdout
    assert max(map(cell_len, told.splitlines())) <= 80
    assert all(rule in told for rule in default_tables().rules)


def test_says_it_in_words() -> None:
    assert "6 h before the cut-off" in run("rules", "--rule", "A11").stdout
    assert "截关前 6 小时" in run("rules", "--rule", "A11", "--lang", "zh").stdout
    assert "8 h after it began (in office hours)" in run("rules", "--rule", "A04").stdout


def test_tells_the_office_hours_that_are_counted() -> None:
    assert "cn  Mon–Fri 08:30–17:30 UTC+8  cn/calendar.csv:2" in run("rules", "--rule", "A04").stdout
    assert "Office hours" not in run("rules", "--rule", "A07").stdout


REFUSED = {
    ("--authority", "fr"): "fr is not installed",
    ("--office", "2901"): "--authority",
    ("--authority", "cn", "--office", "0001"): "no customs office",
    ("--mode", "zeppelin"): "none of sea",
    ("--rule", "A99"): "not in rules.csv",
}


@pytest.mark.parametrize("words", REFUSED)
def test_refuses_what_nothing_applies_to(words: tuple[str, ...]) -> None:
    told = run("rules", *words)
    assert told.exit_code == 2
    assert REFUSED[words] in told.output
