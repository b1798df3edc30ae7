"""A reusable number that leads to several declarations: any order, repetition and routing gives the same views of each
of them and of the number itself."""

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.helpers.extent import examples
from tests.helpers.recordings import recorded
from tests.helpers.schedules import Keyed, World, fold

from clearance.events.log.inputs import Clock, Command, Message
from clearance.events.partition.partition import Partition, placed
from clearance.events.receipts.facts import Statement, key_of
from clearance.events.step.outputs import CommandResult
from clearance.events.step.state_records import decode_state, encode_state
from clearance.events.values.receipt import Receipt
from clearance.settings.tables import default_tables

TABLES = default_tables()
START = datetime(2026, 3, 2, tzinfo=UTC)
PRIMARIES = ("mrn:26GB1", "mrn:26GB2", "mrn:26GB3")
ALIASES = ("sender-lrn:me/1", "sender-lrn:me/2")
CODES = sorted({(row.row.code, row.row.qualifier) for system, row in TABLES.codes.rows() if system == "uk-dms"})


@st.composite
def receipts(draw: st.DrawFn) -> Message:
    """One notification: of one of three declarations, or of none that it names; under one of two LRNs, or none."""
    named = (draw(st.sampled_from(("", "", *PRIMARIES))), draw(st.sampled_from((*ALIASES, ""))))
    numbers = tuple(number for number in named if number) or (ALIASES[0],)
    code, qualifier = draw(st.sampled_from(CODES))
    receipt = Receipt(
        system="uk-dms",
        code=code,
        receipt_id=draw(st.sampled_from("abcdefgh")),
        occurred_at=START + timedelta(minutes=draw(st.integers(0, 5))),
        numbers=numbers,
        format="generated",
        qualifier=qualifier,
        reference=draw(st.sampled_from(["", "1", "2"])),
        about=draw(st.sampled_from(["", "declaration", "first_version", "any_message"])),
    )
    received = START + timedelta(minutes=draw(st.integers(0, 9)))
    return Message(at=received, receipts=(receipt,), message_id=draw(st.sampled_from(["m1", "m2"])), organisation="me")


stories = st.lists(receipts(), min_size=1, max_size=9)


def routed(messages: list[Message]) -> list[Keyed]:
    """As every producer files them: the primary number, else the alias."""
    return [(f"uk:{one.receipts[0].numbers[0]}", one) for one in messages]


def routed_otherwise(messages: list[Message], chance: random.Random) -> list[Keyed]:
    return [(f"uk:{chance.choice(one.receipts[0].numbers)}", one) for one in messages]


def shown(world: World) -> dict[str, bytes]:
    """The views of whatever was told anything."""
    states = world.partition.states
    return {name: seen for name, seen in world.views().items() if states[name].facts.receipts}


@settings(max_examples=examples(600), deadline=None, derandomize=True)
@given(stories, st.integers(0, 1000))
def test_any_order_and_any_routing_gives_the_same_views(messages: list[Message], seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 # a schedule, not a secret
    again = [*messages, *messages[::2]]
    chance.shuffle(again)
    expected = shown(fold(routed(messages)))
    assert shown(fold(routed_otherwise(again, chance), hold_back=seed % 3 / 2, seed=seed)) == expected


@settings(max_examples=examples(300), deadline=None, derandomize=True)
@given(stories, st.integers(0, 1000))
def test_a_restart_between_any_two_inputs_changes_nothing(messages: list[Message], seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    world = World()
    log: list[Keyed] = []
    take = world.partition.fold
    for key, one in routed_otherwise(messages, chance):
        log.append((key, one))
        log.append(("", Clock(at=START + timedelta(hours=chance.randrange(900)))))
    whole, parts = world.partition, Partition(TABLES)
    waiting, position = list(log), 0
    while waiting:
        (key, one), *waiting = waiting
        position += 1
        expected = take(key, placed(one, position))
        states = [decode_state(encode_state(state, TABLES), TABLES) for state in parts.states.values()]
        parts = Partition(TABLES, states)
        assert parts.fold(key, placed(one, position)) == expected
        waiting = [(send.to, send.input) for step in expected for send in step.sends] + waiting
    assert whole.states == parts.states


@settings(max_examples=examples(300), deadline=None, derandomize=True)
@given(stories)
def test_every_receipt_counts_somewhere(messages: list[Message]) -> None:
    world = fold(routed(messages))
    for one in messages:
        key = key_of(one.receipts[0])
        standing = [state for state in world.partition.states.values() if not state.merged_into]
        assert any(key == key_of(one.fact.receipt) for state in standing for one in state.track.taken)


def test_no_stage_is_overdue_at_the_number() -> None:
    """Each declaration is waited for itself; what a receipt says is told until it is acknowledged."""
    partition = Partition(TABLES, recorded("uk-lrn-used-again-and-refused-by-it-alone").partition.states.values())
    partition.fold("", placed(Clock(at=START + timedelta(days=900)), 10_000))
    state = partition.states["uk:sender-lrn:demo-trader/SYN-LRN-7302"]
    assert [rule for rule, _ in state.ledger.open] == ["A29"]


def test_a_statement_about_the_number_is_refused_and_names_what_it_leads_to() -> None:
    for story, lrn in (
        ("uk-lrn-used-again-and-refused-by-it-alone", "SYN-LRN-7302"),
        ("uk-lrn-used-again-after-rejection", "LRN1-7301"),
    ):
        partition = Partition(TABLES, recorded(story).partition.states.values())
        statement = Statement("c-1", "transport_plan", START, "me", {"departure_at": "2026-03-09T00:00:00Z"})
        key = f"uk:sender-lrn:demo-trader/{lrn}"
        [taken] = partition.fold(key, placed(Command(at=START, statement=statement), 10_000))
        [result] = [event.data for event in taken.events]
        assert isinstance(result, CommandResult)
        assert result.outcome == "refused"
        assert result.reason == "the number leads to several declarations, so name one of them"
        assert taken.sends == ()
