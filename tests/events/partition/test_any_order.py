"""What is true of a declaration does not depend on the order, the repetition or the routing of its messages."""

import json
import os
import random
from datetime import UTC, datetime
from itertools import permutations
from math import factorial
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.helpers.extent import examples, fewer, some_or_all
from tests.helpers.recordings import RECORDINGS, STORIES
from tests.helpers.schedules import fold, messages, misrouted, repeated

from clearance.events.partition.replay import Arrival, Replay
from clearance.events.receipts.facts import Facts, Statement, merge, merge_statements
from clearance.events.standing.view import encode, view
from clearance.recordings.read import read_recording
from clearance.recordings.story import Story
from clearance.settings.tables import default_tables

each_seed = pytest.mark.parametrize("seeds", some_or_all(range(examples(60)), range(1000)))
each_order = pytest.mark.parametrize("most", some_or_all(examples(120), 5000))
CONTESTED = "one-entry-number-two-declarations"
"""Two primary numbers name one alias: log order decides which keeps it, and nothing else."""


@each_seed
@pytest.mark.parametrize("story", [story for story in fewer(STORIES) if story != CONTESTED])
def test_any_order_repetition_and_company_gives_identical_views(story: str, seeds: range) -> None:
    mine, others = messages(story), messages(STORIES[(STORIES.index(story) + 1) % len(STORIES)])
    for seed in seeds:
        chance = random.Random(seed)  # noqa: S311 # a schedule, not a secret
        inputs = repeated(chance, mine)
        expected = fold(inputs).views()
        company = others if seed % 2 else []
        everything = inputs + company
        chance.shuffle(everything)
        found = fold(everything).views()
        assert {name: found[name] for name in expected} == expected, f"seed {seed}"


@each_seed
@pytest.mark.parametrize("story", [story for story in fewer(STORIES) if story != CONTESTED])
def test_routing_by_any_number_and_linking_last_gives_identical_views(story: str, seeds: range) -> None:
    mine = messages(story)
    alone = fold(mine).views()
    for seed in seeds:
        chance = random.Random(seed)  # noqa: S311
        inputs = misrouted(chance, mine)
        chance.shuffle(inputs)
        assert fold(inputs, hold_back=seed % 3 / 2, seed=seed).views() == alone, f"seed {seed}"


@each_seed
@pytest.mark.parametrize("story", fewer(STORIES))
def test_facts_split_in_two_and_merged_give_identical_views(story: str, seeds: range) -> None:
    tables = default_tables()
    for state in fold(messages(story)).partition.states.values():
        whole = encode(view(state.facts, tables))
        for seed in seeds:
            first, second = split(random.Random(seed), state.facts)  # noqa: S311
            assert encode(view(merge(first, second), tables)) == encode(view(merge(second, first), tables)) == whole


def split(chance: random.Random, facts: Facts) -> tuple[Facts, Facts]:
    """Two sets that make up `facts` together; what they share is drawn too."""
    sides = [chance.choice((1, 2, 3)) for _ in facts.receipts]
    parts = [
        {key: fact for (key, fact), side in zip(facts.receipts.items(), sides, strict=True) if side & part}
        for part in (1, 2)
    ]
    return replace(facts, receipts=parts[0], numbers=frozenset()), replace(facts, receipts=parts[1])


def test_two_bodies_under_one_id_are_decided_alike_however_their_fields_are_ordered() -> None:
    """A state that was read back has them in another order than the command that brought them."""
    at = datetime(2026, 3, 2, tzinfo=UTC)
    bodies = [{"vessel": "B", "cut_off_at": ""}, {"cut_off_at": "", "vessel": "B"}, {"vessel": "A", "voyage": ""}]
    statements = [Statement("c-1", "transport_plan", at, "self", body) for body in bodies]
    kept = [[*merge_statements({}, order).values()] for order in permutations(statements)]
    assert all(one == kept[0] for one in kept)


@each_seed
def test_a_contested_alias_is_kept_by_one_primary_and_told_to_both(seeds: range) -> None:
    mine = messages(CONTESTED)
    for seed in seeds:
        chance = random.Random(seed)  # noqa: S311
        inputs = repeated(chance, mine)
        chance.shuffle(inputs)
        world = fold(inputs)
        assert [b'"number_conflict"' in one for one in world.views().values()] == [True, True]


@each_order
@pytest.mark.parametrize("story", [story for story in fewer(STORIES) if story.startswith("uk-")])
def test_status_is_right_in_all_orders_of_arrival(story: str, most: int) -> None:
    """Received-at is one fixed sequence: whatever comes first bears the first time."""
    expected = json.loads((RECORDINGS / story / "expected.json").read_text(encoding="utf-8"))["declarations"]
    arrivals = [one for one in read_recording(RECORDINGS / story, "self") if one.kind == "message"]
    for order in orders(arrivals, most):
        assert statuses(order, arrivals) == {name: one["status"] for name, one in expected.items()}


def orders(arrivals: list[Arrival], most: int) -> list[tuple[Arrival, ...]]:
    """All orders of messages; of so many that there were more than `most`, that many random ones."""
    if factorial(len(arrivals)) <= most:
        return list(permutations(arrivals))
    chance = random.Random(len(arrivals))  # noqa: S311
    return [tuple(chance.sample(arrivals, len(arrivals))) for _ in range(most)]


def statuses(order: tuple[Arrival, ...], arrivals: list[Arrival]) -> dict[str, str]:
    times = sorted(one.at for one in arrivals)
    replay = Replay(default_tables())
    replay.feed(replace(one, at=at) for one, at in zip(order, times, strict=True))
    return Story(replay).statuses


def test_samples_named_from_outside_come_to_one_status_in_every_order() -> None:
    """`CLEARANCE_SAMPLES=folder make unit`: real messages that are not ours to publish, one folder a declaration."""
    root = os.environ.get("CLEARANCE_SAMPLES", "")
    for folder in sorted(path for path in Path(root).iterdir() if path.is_dir()) if root else []:
        arrivals = list(read_recording(folder, "self"))
        found = {json.dumps(statuses(order, arrivals)) for order in orders(arrivals, 5000)}
        assert len(found) == 1, f"{folder.name}: {found}"
        print(folder.name, *found)  # noqa: T201 # read with -s
