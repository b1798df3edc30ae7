"""The same promises for declarations that nobody would write down: any codes, at any times, under any numbers."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.helpers.extent import examples
from tests.helpers.schedules import Keyed, fold

from clearance.events.log.inputs import Clock, Message
from clearance.events.partition.partition import Partition, placed
from clearance.events.receipts import cap
from clearance.events.receipts.cap import FIRST, LAST, Key
from clearance.events.receipts.facts import Facts
from clearance.events.standing.view import encode, view
from clearance.events.step.outputs import Event
from clearance.events.step.state_records import decode_state, encode_state
from clearance.events.values.particulars import Fault, Question
from clearance.events.values.receipt import Receipt
from clearance.settings.tables import default_tables

TABLES = default_tables()
START = datetime(2026, 3, 2, tzinfo=UTC)
CODES = sorted(
    {(system, row.row.code, row.row.qualifier) for system, row in TABLES.codes.rows()} | {("cn-channel", "?", "")}
)
CN = [code for code in CODES if code[0].startswith("cn")]
UK = [code for code in CODES if code[0].startswith("uk")]
PRIMARY = {"cn": "unified:E20260000000000001", "uk": "mrn:26GB0000000000001"}
ALIASES = {"cn": ["entry:290120260000000001", "temporary:Z1", "cop-msg:M1"], "uk": ["sender-lrn:me/1"]}


@st.composite
def receipts(draw: st.DrawFn, authority: str) -> Message:
    """One message: one receipt, often at a time that another has too, sometimes without a time."""
    system, code, qualifier = draw(st.sampled_from(CN if authority == "cn" else UK))
    minutes = draw(st.one_of(st.none(), st.integers(0, 5))) if authority == "cn" else draw(st.integers(0, 5))
    occurred_at = None if minutes is None else START + timedelta(minutes=minutes)
    numbers = draw(st.sets(st.sampled_from([PRIMARY[authority], *ALIASES[authority]]), min_size=1))
    receipt = Receipt(
        system,
        code,
        draw(st.sampled_from("abcdefgh")),
        occurred_at,
        tuple(sorted(numbers)),
        "generated",
        qualifier=qualifier,
        reference=draw(st.sampled_from(["", "own", "other"])),
        about=draw(st.sampled_from(["", "declaration", "first_version", "any_message"])),
        details=draw(st.sampled_from([{}, {"direction": "export"}, {"direction": "import", "office": "2901"}])),
        text=draw(st.sampled_from(["", "note", "a long note " * 30])),
        particulars=draw(st.sampled_from([(), (Question("which?"),), (Fault("E1", "wrong " * 20, item=3),) * 2])),
    )
    received = START + timedelta(minutes=draw(st.integers(0, 9)))
    stamp = draw(st.none() | st.integers(-5, 9) | st.just(9000))
    return Message(
        at=received,
        receipts=(receipt,),
        message_id=draw(st.sampled_from(["m1", "m2", "m3"])),
        stated_at=None if stamp is None else START + timedelta(minutes=stamp),
        conversation=draw(st.sampled_from(["", "", "A", "B", "C"])),
    )


@pytest.fixture
def little_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of particulars and long texts a declaration may hold next to nothing."""
    for name, value in {"FIRST": 2, "LAST": 4, "OF_FIRST": 200, "OF_LAST": 300, "HEAVIEST": 500}.items():
        monkeypatch.setattr(cap, name, value)


stories = st.sampled_from(["cn", "uk"]).flatmap(lambda authority: st.lists(receipts(authority), min_size=1, max_size=9))


def keyed(messages: list[Message], chance: random.Random) -> list[Keyed]:
    """Each message under one of its numbers."""
    found: list[Keyed] = []
    for one in messages:
        authority = one.receipts[0].system[:2]
        found.append((f"{authority}:{chance.choice(one.receipts[0].numbers)}", one))
    return found


def primary(messages: list[Message]) -> str:
    authority = messages[0].receipts[0].system[:2]
    return f"{authority}:{PRIMARY[authority]}"


def check_one_view(messages: list[Message], seed: int) -> None:
    """Whatever the order, the repetition and the routing."""
    chance = random.Random(seed)  # noqa: S311 # a schedule, not a secret
    first = fold(keyed(messages, chance), hold_back=0.5, seed=seed).partition.states
    shuffled = [*messages, *messages[::2]]
    chance.shuffle(shuffled)
    second = fold(keyed(shuffled, chance), hold_back=1.0, seed=seed).partition.states
    name = primary(messages)
    if name in first and name in second:
        assert encode(view(first[name].facts, TABLES)) == encode(view(second[name].facts, TABLES))
        assert conversations(first[name].facts) == conversations(second[name].facts)


def conversations(facts: Facts) -> dict[Key, tuple[str, ...]]:
    """What no view shows and the meaning of a refusal depends on."""
    return {key: fact.conversations for key, fact in facts.receipts.items()}


@settings(max_examples=examples(400), deadline=None, derandomize=True)
@given(stories, st.integers(0, 1000))
def test_any_order_and_any_routing_gives_one_view(messages: list[Message], seed: int) -> None:
    check_one_view(messages, seed)


@pytest.mark.usefixtures("little_is_held")
@settings(
    max_examples=examples(400),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(stories, st.integers(0, 1000))
def test_so_it_does_where_more_is_said_than_is_held(messages: list[Message], seed: int) -> None:
    check_one_view(messages, seed)


@settings(max_examples=examples(300), deadline=None, derandomize=True)
@given(stories, st.integers(0, 1000))
def test_a_restart_between_any_two_inputs_changes_nothing(messages: list[Message], seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    log: list[Keyed] = keyed(messages, chance)
    for _ in range(4):
        log.insert(chance.randrange(len(log) + 1), ("", Clock(at=START + timedelta(hours=chance.randrange(900)))))
    whole, parts = Partition(TABLES), Partition(TABLES)
    for position, (key, one) in enumerate(log):
        expected = [event for step in whole.fold(key, placed(one, position)) for event in step.events]
        states = [decode_state(encode_state(state, TABLES), TABLES) for state in parts.states.values()]
        parts = Partition(TABLES, states)
        found: list[Event] = [event for step in parts.fold(key, placed(one, position)) for event in step.events]
        assert found == expected
    assert whole.states == parts.states


@settings(max_examples=examples(300), deadline=None, derandomize=True)
@given(stories)
def test_at_most_one_anomaly_of_a_rule_is_open(messages: list[Message]) -> None:
    world = fold(keyed(messages, random.Random(0)))  # noqa: S311
    for hours in (1, 30, 400, 900):
        world.take("", Clock(at=START + timedelta(hours=hours)))
        for state in world.partition.states.values():
            still_open = [rule for rule, _ in state.ledger.open]
            assert len(still_open) == len(set(still_open))
            assert not (state.merged_into and still_open)
            assert state.deadline is None or state.deadline > START + timedelta(hours=hours)


def test_the_cap_keeps_the_first_and_the_last_whatever_the_order() -> None:
    receipts = [
        Receipt("uk-dms", "13", f"r{minute}", START + timedelta(minutes=minute), (PRIMARY["uk"],), "generated")
        for minute in range(FIRST + LAST + 50)
    ]
    random.Random(0).shuffle(receipts)  # noqa: S311
    messages = [
        Message(at=START, message_id=f"{first}", receipts=tuple(receipts[first : first + 10]))
        for first in range(0, len(receipts), 10)
    ]
    found = set()
    for seed in range(2):
        random.Random(seed).shuffle(messages)  # noqa: S311
        world = fold([(f"uk:{PRIMARY['uk']}", one) for one in messages])
        [state] = world.partition.states.values()
        shown = view(state.facts, TABLES)
        assert len(shown.timeline) == FIRST + LAST
        assert "too_many_facts" in shown.flags
        found.add(encode(shown))
    assert len(found) == 1
