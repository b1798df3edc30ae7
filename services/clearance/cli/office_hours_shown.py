"""How the office hours that durations count look in a terminal."""

from collections.abc import Iterator

from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from clearance.cli.options import Language
from clearance.events.tables.calendars import EVERYWHERE, Calendar
from clearance.events.tables.tables import Tables, longest

WORDS = {
    "en": {
        "head": "Office hours", "days": "Mon Tue Wed Thu Fri Sat Sun", "office": "office {}",
        "known": "holidays and worked weekends known for {}; in other years all hours count, and the anomaly says so",
        "alike": "no holidays known: every week is alike",
    },
    "zh": {
        "head": "工作时间", "days": "周一 周二 周三 周四 周五 周六 周日", "office": "关区 {}",
        "known": "已知 {} 年的节假日与调休；其他年份按全部时间计算，并在异常中注明", "alike": "无节假日数据：每周相同",
    },
}  # fmt: skip


def show_office_hours(console: Console, tables: Tables, authority: str, office: str, language: Language) -> None:
    """Those of an authority, or of all; of an office those that count for it."""
    words = WORDS[language]
    console.print(words["head"], style="bold")
    for name in [authority] if authority else tables.office_hours:
        shown = Table(box=None, show_header=False, pad_edge=False)
        for whose, calendar in _asked(tables, name, office):
            label = name if whose == EVERYWHERE else f"{name} {words['office'].format(whose)}"
            shown.add_row(label, _week(calendar, words["days"].split()), calendar.place)
        console.print(Padding(shown, (0, 0, 0, 2)))
        if usual := tables.calendars.get(name):
            console.print(Padding(_known(usual, words), (0, 0, 0, 4)))


def _asked(tables: Tables, name: str, office: str) -> Iterator[tuple[str, Calendar]]:
    every = tables.office_hours[name]
    counting = longest(office, every) or EVERYWHERE
    yield from ((whose, one) for whose, one in every.items() if not office or whose == counting)


def _week(one: Calendar, days: list[str]) -> str:
    first, last = days[one.weekdays[0] - 1], days[one.weekdays[-1] - 1]
    hours = int(one.offset.total_seconds() // 3600)
    zone = f"UTC{f'{hours:+d}' if hours else ''}"
    return f"{first}–{last} {_clock(one.opens.seconds)}–{_clock(one.closes.seconds)} {zone}"


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds % 3600 // 60:02}"


def _known(one: Calendar, words: dict[str, str]) -> str:
    years = sorted(one.years)
    return words["known"].format(f"{years[0]}–{years[-1]}") if years else words["alike"]
