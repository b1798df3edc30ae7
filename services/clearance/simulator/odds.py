"""The figures made ready to draw from: which office, which scenario, how long until the next step."""

from clearance.simulator.chance import Choice
from clearance.simulator.figures import Figures
from clearance.simulator.script import ScriptStep, read_script
from clearance.simulator.sections import Authority, Connection, Delay, Direction, Mode

REJECTED = "rejected"
"""The word of a life that is rejected."""


class Odds:
    """Of one set of figures. What is asked for often is remembered."""

    def __init__(self, figures: Figures) -> None:
        self.figures = figures
        self.office = Choice.of(figures.offices)
        self.mode: dict[str, Choice[Mode]] = {one.code: Choice(one.modes.items()) for one in figures.offices}
        self.broker = Choice.of(figures.brokers)
        self.trader = Choice.of(figures.traders)
        self.goods = Choice.of(figures.goods)
        self.uk_trader = Choice.of(figures.uk_traders)
        self._scenarios: dict[tuple[Authority, Direction, bool, float], Choice[str]] = {}
        self._steps: dict[tuple[str, Connection, Direction], list[ScriptStep]] = {}
        self._delays: dict[tuple[str, Direction, Mode], Delay] = {}

    def scenario(
        self, authority: Authority, direction: Direction, inspected: bool, rejections: float = 1.0
    ) -> Choice[str]:
        """The names of the scenarios that such a declaration may have; those in which it is rejected are `rejections`
        times as likely as the figures say."""
        key = (authority, direction, inspected, rejections)
        if key not in self._scenarios:
            self._scenarios[key] = Choice(
                (name, one.share * (rejections if REJECTED in one.steps.split(", ") else 1.0))
                for name, one in self.figures.scenarios.items()
                if (one.authority, one.inspected) == (authority, inspected) and one.direction in (None, direction)
            )
        return self._scenarios[key]

    def steps(self, scenario: str, connection: Connection, direction: Direction) -> list[ScriptStep]:
        key = (scenario, connection, direction)
        if key not in self._steps:
            opening = self.figures.connections[connection].steps
            self._steps[key] = read_script(self.figures.scenarios[scenario].steps, opening, direction)
        return self._steps[key]

    def delay(self, name: str, direction: Direction, mode: Mode) -> Delay:
        key = (name, direction, mode)
        if key not in self._delays:
            self._delays[key] = self.figures.delay(*key)
        return self._delays[key]
