"""The world: what its tables refuse, that it has not changed since it was fixed, and that it does what they say."""

import csv
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from statistics import median

import pytest

from clearance.contracts.tables import InvalidTable
from clearance.settings.tables import default_tables
from clearance.simulator.almanac import Almanac
from clearance.simulator.conditions import Conditions
from clearance.simulator.life import Consignment, Life
from clearance.simulator.traffic import lives
from clearance.simulator.world import FOLDER, TABLES, digest, field, load_world

FIXED = "4186256e022312ee5be9d681785654e38aff4ff81866ee0060bdb3abc93a92a3"
"""Decision 57: fixed before anything was made that detects in it. Who changes a figure begins all measurements anew."""
SPRING = datetime(2026, 4, 13, 0, 30, tzinfo=UTC)
ALMANAC = Almanac(field(), default_tables().calendars)


@pytest.fixture(scope="module")
def spring() -> list[Life]:
    """Lives of 22 days without outages, over the holiday in May."""
    return list(
        islice(lives(1, SPRING, declarations_per_day=120, conditions=Conditions(field(), 1, SPRING, clean=True)), 2500)
    )


def hours_to_release(begun: list[Life], of: Callable[[Consignment], bool]) -> float:
    """Median hours from the review to the release of green imports of some kind."""
    took = []
    for life in begun:
        told = {post.word.word: post.occurred_at for post in life.posts}
        cargo = life.cargo
        if life.scenario != "green" or not isinstance(cargo, Consignment) or cargo.direction == "export":
            continue
        if {"reviewed", "released"} <= told.keys() and of(cargo):
            took.append((told["released"] - told["reviewed"]).total_seconds() / 3600)
    return median(took)


def test_it_is_the_one_that_was_fixed() -> None:
    assert digest() == FIXED
    assert FIXED in Path("docs/decisions/0057-the-field-is-fixed-before-the-analyst.md").read_text(encoding="utf-8")


def test_every_table_is_read_and_every_row_says_where_it_is_from() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(TABLES)
    for path in FOLDER.iterdir():
        with path.open(encoding="utf-8", newline="") as file:
            assert all(row["source"] for row in csv.DictReader(file)), path


@pytest.mark.parametrize(
    ("table", "line", "cells", "told"),
    [
        ("offices", 2, "2902,0.1,1,1,assumed", "offices.csv:2: '2902' is no office of the figures"),
        ("offices", 2, "2901,0.1,0,1,assumed", "offices.csv:2: slowness: "),
        ("offices", 3, "2901,0.1,1,1,assumed", "offices.csv:3: '2901' stands already in line 2"),
        ("offices", 10, "", "offices.csv:1: 7900 is missing"),
        ("chapters", 2, "84,a,1,1,1,1,1,assumed", "chapters.csv:2: hs: "),
        ("hours", 3, "cn,working,7,18,1,assumed", "hours.csv:3: hour 7 stands already in line 2"),
        ("hours", 3, "cn,working,9,18,1,assumed", "hours.csv:1: cn working 8 o'clock is missing"),
        ("steps", 2, "lunch,yes,no,no,assumed", "steps.csv:2: 'lunch' is no delay of the figures"),
        ("seasons", 2, "cn,12-20,01-05,1,1,assumed", "seasons.csv:2: row: last comes before first"),
        ("seasons", 2, "cn,13-20,13-25,1,1,assumed", "seasons.csv:2: first: "),
        (
            "outages",
            2,
            "x,sudden,office,cn,holds,,1,1,PT0S,PT1H,PT2H,,,assumed",
            "outages.csv:2: row: what",
        ),
        ("outages", 2, "x,sudden,office,cn,rejects,,40,1,PT0S,PT1H,PT2H,,,a", "outages.csv:2: per_30_days: "),
        ("scenarios", 2, 'green,cn,0.1,yes,"filed",assumed', "scenarios.csv:2: 'green' is a scenario of the figures"),
        ("scenarios", 2, 'odd,cn,0.1,yes,"filed, lunch",assumed', "scenarios.csv:2: steps: 'lunch' is no word"),
    ],
)
def test_a_broken_row_is_refused_with_file_and_line(
    tmp_path: Path, table: str, line: int, cells: str, told: str
) -> None:
    folder = tmp_path / "world"
    shutil.copytree(FOLDER, folder)
    path = folder / f"{table}.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[line - 1 : line] = [cells] if cells else []
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(InvalidTable) as error:
        load_world(folder)
    assert told in str(error.value)


def test_holidays_are_no_working_days_and_some_weekends_are() -> None:
    assert [ALMANAC.works("cn", date(2026, 5, day)) for day in (1, 5, 6, 9, 10)] == [False, False, True, True, False]
    assert ALMANAC.works("uk", date(2026, 5, 5))


def test_less_is_filed_on_holidays_and_more_before_them(spring: list[Life]) -> None:
    filed = [(life.filed_at + timedelta(hours=8)).date() for life in spring if life.cargo.authority == "cn"]
    by_day = {day: filed.count(date(2026, *day)) for day in ((4, 14), (4, 29), (5, 1))}
    assert by_day[5, 1] < by_day[4, 14] < by_day[4, 29]


def slow_office(cargo: Consignment) -> bool:
    return field().offices[cargo.office.code].slowness > 1


def slow_goods(cargo: Consignment) -> bool:
    return field().chapters[cargo.goods.hs].slowness >= 2


@pytest.mark.parametrize("slow", [slow_office, slow_goods])
def test_slow_offices_and_slow_goods_are_slow(spring: list[Life], slow: Callable[[Consignment], bool]) -> None:
    assert hours_to_release(spring, slow) > 1.4 * hours_to_release(spring, lambda cargo: not slow(cargo))
