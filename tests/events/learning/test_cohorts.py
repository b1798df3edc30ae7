"""Which cohorts a stay belongs to, and when in the office's day it began."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clearance.contracts.tables import InvalidTable
from clearance.events.learning.cohorts import TABLE, Stay, chain, hour_class, load_chain
from clearance.settings.tables import default_tables

STAY = Stay("reviewed", "cn", "2901", "export", "sea", "night", datetime(2026, 3, 2, tzinfo=UTC))
CHINA = default_tables().calendars["cn"]
MONDAY = datetime(2026, 3, 1, 16, tzinfo=UTC)
"""Midnight in China."""


def test_a_stay_is_in_one_cohort_of_each_row_the_most_specific_first() -> None:
    assert [*chain().keys(STAY)] == [
        ("reviewed", "cn", "2901", "export", "sea", "night"),
        ("reviewed", "cn", "2901", "export", "sea", "*"),
        ("reviewed", "cn", "2901", "export", "*", "*"),
        ("reviewed", "cn", "*", "export", "*", "*"),
        ("reviewed", "cn", "*", "*", "*", "*"),
    ]


def test_a_cohort_that_is_not_within_the_next_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "cohorts.csv"
    head = TABLE.read_text(encoding="utf-8").splitlines()[0]
    table.write_text(f"{head}\nyes,yes,,,,made up\nyes,,yes,,,made up\n", encoding="utf-8")
    with pytest.raises(InvalidTable, match=r"cohorts\.csv:3: must have fewer of authority, office, and nothing else"):
        load_chain(table)


@pytest.mark.parametrize(
    ("hours", "expected"),
    [(3, "night"), (10, "forenoon"), (16, "afternoon"), (22, "night"), (24 + 10, "forenoon"), (-14, "weekend")],
)
def test_the_hour_is_that_of_the_office(hours: int, expected: str) -> None:
    assert hour_class(CHINA, MONDAY + timedelta(hours=hours)) == expected


def test_an_authority_without_office_hours_has_one_class() -> None:
    assert hour_class(None, MONDAY) == "any"
