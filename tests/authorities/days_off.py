"""Days on which an authority's week is not as usual, from the libraries that keep them: `days-off.csv` of each.

`python -m tests.authorities.days_off` writes the tables, as `make draw` does: they are data of the project, so that
nothing is loaded or reckoned when clearance starts, and two workers of one version have the same.
"""

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import holidays

AUTHORITIES = Path(__file__).parents[2] / "events" / "clearance" / "authorities"
FIRST = 2020
BRITISH_TO = 2027
"""Bank holidays are known by law, and announced two years ahead."""
HEADER = ("day", "works", "source")


def chinese() -> str:
    """As the State Council announces them each autumn for the year after: 2026 was announced in November 2025."""
    last = max(chinese_calendar.holidays).year
    return _table(FIRST, last, chinese_calendar.is_workday, "notices of the State Council, kept by chinesecalendar")


def british() -> str:
    """Of England: that of the offices that clear most."""
    days = holidays.country_holidays("GB", subdiv="ENG", years=range(FIRST, BRITISH_TO + 1))

    def works(day: date) -> bool:
        return day.isoweekday() <= 5 and day not in days

    return _table(FIRST, BRITISH_TO, works, "bank holidays of England, kept by holidays")


def _table(first: int, last: int, works: Callable[[date], bool], source: str) -> str:
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(HEADER)
    day = date(first, 1, 1)
    while day.year <= last:
        if works(day) != (day.isoweekday() <= 5):
            writer.writerow((day.isoformat(), "yes" if works(day) else "no", source))
        day += timedelta(days=1)
    return file.getvalue()


TABLES: dict[str, Callable[[], str]] = {"cn": chinese, "uk": british}


def path(authority: str) -> Path:
    return AUTHORITIES / authority / "days-off.csv"


if __name__ == "__main__":
    for name, table in TABLES.items():
        path(name).write_text(table(), encoding="utf-8")
