"""`figures.yaml`, read and checked: every share, delay, office, organisation, scenario and fault of the simulator."""

from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Self

import yaml
from pydantic import BaseModel, ValidationError, model_validator

from clearance.simulator import sections
from clearance.simulator.script import AT_ONCE, read_script
from clearance.simulator.sections import Authority, Connection, Delay, Direction, Mode, Sourced

FIGURES = Path(__file__).with_name("figures.yaml")
ASSUMPTION = "assumption"
DIRECTIONS: list[Direction] = ["import", "export"]


class InvalidFigures(ValueError):
    """The figures cannot be used; the text names the file, the key and what to mend."""


class Figures(sections.Section):
    """All of it; `odds.Odds` draws from it."""

    sources: dict[str, sections.FigureSource]
    run: sections.Run
    authorities: dict[Authority, sections.Filings]
    offices: list[sections.Office]
    brokers: list[sections.Broker]
    traders: list[sections.Trader]
    uk_traders: list[sections.UkTrader]
    credit: dict[str, sections.Credit]
    goods: list[sections.Goods]
    vessels: list[str]
    transport_plans: sections.Plans
    connections: dict[Connection, sections.Opening]
    delays: list[Delay]
    scenarios: dict[str, sections.Scenario]
    faults: sections.Faults

    def delay(self, name: str, direction: Direction, mode: Mode) -> Delay:
        """The most specific row. Raises `ValueError` if there is none."""
        able = [row for row in self.delays if row.applies(name, direction, mode)]
        if not able:
            raise ValueError(f"no delay {name!r} for {direction} by {mode}")
        return max(able, key=lambda row: (row.direction is not None, row.mode is not None))

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for key, entry in _entries(self, ""):
            name = entry.source.partition(":")[0]
            if name != ASSUMPTION and name not in self.sources:
                raise ValueError(f"{key}.source: {name!r} is no entry of sources, and no assumption")
        for key, trader in (("traders", self.traders), ("uk_traders", self.uk_traders)):
            if unknown := {one.credit for one in trader} - self.credit.keys():
                raise ValueError(f"{key}: credit {sorted(unknown)} is not in credit")
        self._check_scripts()
        return self

    def _check_scripts(self) -> None:
        """Every script can be read, and each of its delays is known for every direction and mode."""
        modes = sorted({mode for office in self.offices for mode in office.modes})
        if missing := set(modes) - self.transport_plans.modes.keys():
            raise ValueError(f"transport_plans.modes: {sorted(missing)} is missing")
        for name, scenario in self.scenarios.items():
            try:
                self.check_script(scenario)
            except ValueError as error:
                raise ValueError(f"scenarios.{name}.steps: {error}") from error

    def check_script(self, scenario: sections.Scenario) -> None:
        """Raises `ValueError` for a script that cannot be read, or with a delay that is not known everywhere."""
        modes = sorted({mode for office in self.offices for mode in office.modes})
        for opening, direction in product(self.connections.values(), DIRECTIONS):
            delays = {step.delay for step in read_script(scenario.steps, opening.steps, direction)} - {AT_ONCE}
            for delay, mode in product(sorted(delays) if scenario.direction in (None, direction) else [], modes):
                self.delay(delay, direction, mode)


def _entries(model: BaseModel, key: str) -> Iterator[tuple[str, Sourced]]:
    """Every entry that has a source, with its key."""
    if isinstance(model, Sourced):
        yield key.removeprefix("."), model
    for name in type(model).model_fields:
        value = getattr(model, name)
        pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for inner, one in pairs:
            if isinstance(one, BaseModel):
                yield from _entries(one, f"{key}.{name}.{inner}")
        if isinstance(value, BaseModel):
            yield from _entries(value, f"{key}.{name}")


def load_figures(path: Path = FIGURES) -> Figures:
    """Raises `InvalidFigures` naming file and key."""
    try:
        return Figures.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InvalidFigures(f"{path}: cannot be read: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        raise InvalidFigures(f"{path}: {key}: {message}" if key else f"{path}: {message}") from error


@cache
def default_figures() -> Figures:
    """The figures that ship with the package."""
    return load_figures()
