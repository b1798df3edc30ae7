"""What is open in the end does not depend on the order of the log, for rules that say so (`depends` in rules.csv).

For what analysts tell of other declarations (A33): `tests/analyst/test_loop.py`.
"""

import random
from datetime import datetime, timedelta

import pytest
from tests.helpers.extent import examples, fewer, some_or_all
from tests.helpers.recordings import STORIES, recorded
from tests.helpers.schedules import Keyed, World

from clearance.events.anomalies.patience import OF_A_STAY
from clearance.events.log.inputs import Clock, Command, Message
from clearance.settings.tables import default_tables

RULES = default_tables().rules
SET_ONLY = {name for name, rule in RULES.items() if rule.depends == "facts"}
WITHOUT_A_TABLE = SET_ONLY | OF_A_STAY
"""What follows from the facts in a log that holds no table of expectations."""
LONG = timedelta(days=100)
CONTESTED = "one-entry-number-two-declarations"
"""Log order decides which of two declarations keeps the number, and with it the other's receipts."""
Open = tuple[str, str, datetime, str, str, str]


def of(story: str) -> list[Keyed]:
    """Its messages and transport plans, each with the time at which it was received."""
    return [
        (key, given)
        for key, given in recorded(story).log
        if isinstance(given, Message) or (isinstance(given, Command) and given.statement.kind == "transport_plan")
    ]


def with_clocks(chance: random.Random, inputs: list[Keyed], end: datetime) -> list[Keyed]:
    """The same in any order, with clocks among them that may come long before what happened until then."""
    mixed = chance.sample(inputs, len(inputs))
    begin = min(given.at for _, given in inputs)
    for at in sorted(begin + (end - begin) * chance.random() ** 3 for _ in inputs):
        mixed.insert(chance.randrange(len(mixed) + 1), ("", Clock(at=at)))
    return mixed


def open_in_the_end(inputs: list[Keyed], end: datetime) -> set[Open]:
    world = World()
    for key, given in inputs:
        world.take(key, given)
    while (due := world.partition.due()) is not None and due <= end:
        world.take("", Clock(at=due))
    return {
        (state.id, one.rule, one.deadline, one.severity, one.says, str(one.about))
        for state in world.partition.states.values()
        for one in state.ledger.anomalies.values()
        if one.state == "open" and one.rule in WITHOUT_A_TABLE
    }


@pytest.mark.parametrize("seeds", some_or_all(range(examples(4)), range(200)))
@pytest.mark.parametrize("story", [story for story in fewer(STORIES) if story != CONTESTED and of(story)])
def test_what_is_open_in_the_end_is_a_function_of_the_facts(story: str, seeds: range) -> None:
    inputs = of(story)
    end = max(given.at for _, given in inputs) + LONG
    expected = open_in_the_end(inputs, end)
    for seed in seeds:
        chance = random.Random(seed)  # noqa: S311 # a schedule, not a secret
        assert open_in_the_end(with_clocks(chance, inputs, end), end) == expected, f"seed {seed}"


def test_whatever_lasts_and_whatever_a_table_judges_depends_on_the_log_and_nothing_else_does() -> None:
    """Of several occurrences of what lasts one is told at a time: the one that came first."""
    lasting = {name for name, rule in RULES.items() if rule.lasting}
    assert lasting | OF_A_STAY == {name for name, rule in RULES.items() if rule.depends == "log" and rule.raised}
