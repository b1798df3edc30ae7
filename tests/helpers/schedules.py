"""Helpers of the property tests: recordings as inputs, folded in any order, routing and grouping."""

import random
from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta

from msgspec.structs import replace
from tests.helpers.recordings import recorded

from clearance.events.log.inputs import Input, Message
from clearance.events.partition.partition import Partition, placed
from clearance.events.standing.view import encode, view
from clearance.events.tables.tables import Tables
from clearance.settings.tables import default_tables

Keyed = tuple[str, Input]


def messages(story: str) -> list[Keyed]:
    """The messages of a story, as they were routed."""
    return [(key, given) for key, given in recorded(story).log if isinstance(given, Message)]


@dataclass
class World:
    """A log in memory and its fold; sends are appended at once, or held back, now and then or until `settle`."""

    tables: Tables = field(default_factory=default_tables)
    hold_back: float = 0.0
    chance: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311 # a schedule, not a secret
    waiting: deque[Keyed] = field(default_factory=deque)
    position: int = 0

    def __post_init__(self) -> None:
        self.partition = Partition(self.tables)

    def take(self, key: str, given: Input) -> None:
        self.waiting += self._fold(key, given)
        if self.chance.random() >= self.hold_back:
            self.settle()

    def settle(self) -> None:
        while self.waiting:
            self.waiting.rotate(self.chance.randrange(len(self.waiting)) if self.hold_back else 0)
            self.waiting += self._fold(*self.waiting.popleft())

    def _fold(self, key: str, given: Input) -> list[Keyed]:
        self.position += 1
        steps = self.partition.fold(key, placed(given, self.position))
        return [(send.to, send.input) for step in steps for send in step.sends]

    def views(self) -> dict[str, bytes]:
        """The views of the declarations that stand for themselves, as bytes."""
        states = self.partition.states.values()
        return {one.id: encode(view(one.facts, self.tables)) for one in states if not one.merged_into}


def fold(inputs: list[Keyed], hold_back: float = 0.0, seed: int = 0) -> World:
    world = World(hold_back=hold_back, chance=random.Random(seed))  # noqa: S311
    for key, given in inputs:
        world.take(key, given)
    world.settle()
    return world


def misrouted(chance: random.Random, inputs: list[Keyed]) -> list[Keyed]:
    """Each message filed under any number that it carries, as a producer that knows less would."""
    found: list[Keyed] = []
    for key, given in inputs:
        assert isinstance(given, Message)
        authority = key.partition(":")[0]
        numbers = {number for receipt in given.receipts for number in receipt.numbers}
        able = [number for number in sorted(numbers) if default_tables().numbers.role(authority, number) != "search"]
        found.append((f"{authority}:{chance.choice(able)}" if able else key, given))
    return found


def repeated(chance: random.Random, inputs: list[Keyed]) -> list[Keyed]:
    """Some messages once more, received later or, as another's clock has it, earlier."""
    again = [(key, replace(given, at=given.at + timedelta(seconds=chance.randrange(-4, 9)))) for key, given in inputs]
    return inputs + [one for one in again if chance.random() < 0.35]
