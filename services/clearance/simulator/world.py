"""The world that a simulation takes place in: `field/*.csv` over `figures.yaml`.

`plain` is the figures alone: every office is alike and nothing ever fails. `field` is what the tables add, `clean` the
same without its outages.
The field was fixed before anything was made that detects in it: decision 57 holds the digest, `digest` computes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Literal

from clearance.contracts.tables import InvalidTable, Row, index
from clearance.simulator import sections
from clearance.simulator.figures import FIGURES, Figures, default_figures
from clearance.simulator.world_rows import (
    ChapterRow,
    HoursRow,
    OfficeRow,
    OutageRow,
    ScenarioRow,
    SeasonRow,
    StepRow,
)

WorldName = Literal["plain", "field", "clean"]
FOLDER = Path(__file__).with_name("field")
TABLES = ("chapters", "hours", "offices", "outages", "scenarios", "seasons", "steps")
HOURS_OF_A_WEEK = {(days, hour) for days in ("working", "off") for hour in range(24)}


@dataclass(frozen=True)
class World:
    """The tables by what they are asked for; `figures` are those of the simulator with what the tables replace."""

    figures: Figures
    offices: Mapping[str, OfficeRow]
    chapters: Mapping[str, ChapterRow]
    hours: Mapping[tuple[str, str, int], float]
    steps: Mapping[str, StepRow]
    seasons: tuple[SeasonRow, ...]
    outages: tuple[OutageRow, ...]


def load_world(folder: Path = FOLDER, figures: Figures | None = None) -> World:
    """Raises `InvalidTable` naming file and line."""
    figures = figures or default_figures()
    paths = {name: folder / f"{name}.csv" for name in TABLES}
    offices = index(paths["offices"], ((row.code, row) for row in OfficeRow.read(paths["offices"])))
    chapters = index(paths["chapters"], ((row.hs, row) for row in ChapterRow.read(paths["chapters"])))
    steps = index(paths["steps"], ((row.delay, row) for row in StepRow.read(paths["steps"])))
    outages = index(paths["outages"], ((row.kind, row) for row in OutageRow.read(paths["outages"])))
    _known(paths["offices"], offices, {one.code for one in figures.offices}, "no office of the figures", whole=True)
    _known(paths["steps"], steps, {one.name for one in figures.delays}, "no delay of the figures")
    return World(
        figures=_over(figures, paths["scenarios"], offices, chapters),
        offices=offices,
        chapters=chapters,
        hours=_hours(paths["hours"], figures),
        steps=steps,
        seasons=tuple(SeasonRow.read(paths["seasons"])),
        outages=tuple(outages.values()),
    )


def _known(path: Path, rows: Mapping[str, Row], known: set[str], told: str, whole: bool = False) -> None:
    """Refuses a row that names nothing, and with `whole` a table that leaves something out."""
    for name, row in rows.items():
        if name not in known:
            raise row.refuse(path, f"{name!r} is {told}")
    if whole and (missing := known - rows.keys()):
        raise InvalidTable(f"{path}:1: {', '.join(sorted(missing))} is missing")


def _hours(path: Path, figures: Figures) -> dict[tuple[str, str, int], float]:
    """Slowness by authority, kind of day and local hour; each hour stands in one row."""
    found: dict[tuple[str, str, int], HoursRow] = {}
    for row in HoursRow.read(path):
        for hour in range(row.from_hour, row.to_hour):
            key = (row.authority, row.days, hour)
            if key in found:
                raise row.refuse(path, f"hour {hour} stands already in line {found[key].line}")
            found[key] = row
    wanted = {(authority, days, hour) for authority in figures.authorities for days, hour in HOURS_OF_A_WEEK}
    if missing := sorted(wanted - found.keys()):
        raise InvalidTable(f"{path}:1: {' '.join(map(str, missing[0]))} o'clock is missing")
    return {key: row.slowness for key, row in found.items()}


def _over(
    figures: Figures, scenarios: Path, offices: Mapping[str, OfficeRow], chapters: Mapping[str, ChapterRow]
) -> Figures:
    """The figures with the shares, goods and scenarios of the tables, checked like any. Raises `InvalidTable`."""
    more = index(scenarios, ((row.name, row) for row in ScenarioRow.read(scenarios)))
    for name, row in more.items():
        if name in figures.scenarios:
            raise row.refuse(scenarios, f"{name!r} is a scenario of the figures")
    goods = [
        sections.Goods(
            hs=row.hs,
            name=row.name,
            kg=row.kg,
            packages=row.packages,
            share=row.share,
            source=f"assumption: {row.source}",
        )
        for row in chapters.values()
    ]
    return figures.model_copy(
        update={
            "offices": [one.model_copy(update={"share": offices[one.code].share}) for one in figures.offices],
            "goods": goods,
            "scenarios": figures.scenarios | {name: _scenario(scenarios, row, figures) for name, row in more.items()},
        }
    )


def _scenario(path: Path, row: ScenarioRow, figures: Figures) -> sections.Scenario:
    scenario = sections.Scenario(
        authority=row.authority,
        share=row.share,
        order_matters=row.order_matters == "yes",
        steps=row.steps,
        source=f"assumption: {row.source}",
    )
    try:
        figures.check_script(scenario)
    except ValueError as error:
        raise row.refuse(path, f"steps: {error}") from error
    return scenario


def digest(folder: Path = FOLDER, figures: Path = FIGURES) -> str:
    """sha256 of the figures and the tables, in the order of their names: what the traffic of a seed follows from."""
    whole = sha256()
    for path in (figures, *(folder / f"{name}.csv" for name in TABLES)):
        whole.update(path.name.encode() + b"\n" + path.read_bytes())
    return whole.hexdigest()


@cache
def field() -> World:
    """The world that ships with the package."""
    return load_world()
