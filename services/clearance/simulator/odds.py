"""The figures made ready to draw from: which office, which scenario, how long until the next step."""

from clearance.simulator.chance import Choice
from clearance.simulator.figures import DIRECTIONS, Figures
from clearance.simulator.script import ScriptStep, read_script
from clearance.simulator.sections import Authority, Connection, Delay, Direction, Mode


class Odds:
    """Of one set of figures. What is asked for often is remembered."""

    def __init__(self, figures: Figures) -> None:
        self.figures = figures
        self.office = Choice.of(figures.offices)
        self.mode: dict[str, Choice[Mode]] = {one.code: Choice(one.modes.items()) for one in figures.offices}
        self.broker = Choice.of(figures.brokers)
        self.trader = Choice.of(figures.traders)
        self.uk_trader = Choice.of(figures.uk_traders)
        self._scenarios = {
            (authority, direction, inspected): Choice(
                (name, one.share)
                for name, one in figures.scenarios.items()
                if (one.authority, one.inspected) == (authority, inspected) and one.direction in (None, direction)
            )
            for authority in figures.authorities
            for direction in DIRECTIONS
            for inspected in (False, True)
        }
        self._steps: dict[tuple[str, Connection, Direction], list[ScriptStep]] = {}
        self._delays: dict[tuple[str, Direction, Mode], Delay] = {}

    def scenario(self, authority: Authority, direction: Direction, inspected: bool) -> Choice[str]:
        """The names of the scenarios that such a declaration may have."""
        return self._scenarios[authority, direction, inspected]

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
