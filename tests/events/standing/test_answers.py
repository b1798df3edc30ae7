"""A question that customs asks ends by its own word, by a cancellation, or when a user states that it is answered."""

from datetime import datetime, timedelta
from itertools import permutations

import pytest
from tests.helpers.arrivals import DAY, HOUR, MINUTE, MONDAY, MRN, answered, dms
from tests.helpers.told import Told

from clearance.events.log.inputs import Command, FactsInput
from clearance.events.partition.replay import Arrival
from clearance.events.receipts.facts import Statement, select
from clearance.events.standing.view import View, encode, view
from clearance.events.step.declaration import Declaration
from clearance.events.step.state_records import decode_state, encode_state
from clearance.events.step.step import step
from clearance.settings.tables import default_tables

TABLES = default_tables()
NUMBER = f"uk:mrn:{MRN}"
ACCEPTED, ASKED, ANSWERED = dms("01"), dms("51", HOUR, text="Which item?"), answered(3 * HOUR, declaration=NUMBER)


def outcome(told: Told) -> str:
    [result] = told.declarations[told.id].ledger.results.values()
    return result.outcome


def test_an_answer_ends_the_question_and_its_anomaly_and_leaves_all_else() -> None:
    told = Told(ACCEPTED, dms("05", MINUTE), ASKED, ANSWERED)
    [query] = [hold for hold in told.view.holds if hold.kind == "query_raised"]
    assert (query.since, query.until) == (MONDAY + HOUR, MONDAY + 3 * HOUR)
    assert (told.view.flags, told.view.obligation, told.view.acts) == (("inspection",), "inspection", "trader")
    assert {one.rule: one.state for one in told.anomalies} == {"A07": "open", "A10": "resolved"}


def test_a_question_asked_after_the_answer_is_open_again() -> None:
    told = Told(ACCEPTED, ASKED, ANSWERED, dms("51", 4 * HOUR))
    assert told.view.flags == ("query_raised",)
    assert [state for _, _, state in told.of("A10")] == ["resolved", "open"]


def test_a_question_that_had_not_been_received_is_not_answered() -> None:
    told = Told(ACCEPTED, ASKED, ANSWERED, dms("51", 2 * HOUR, arrives=4 * HOUR))
    assert told.view.flags == ("query_raised",)
    assert outcome(told) == "accepted"
    assert [(hold.since - MONDAY, hold.until) for hold in told.view.holds] == [
        (HOUR, MONDAY + 3 * HOUR),
        (2 * HOUR, None),
    ]
    assert [(after, state) for after, _, state in told.of("A10")] == [(HOUR, "resolved"), (2 * HOUR, "open")]


def test_a_question_that_came_late_is_answered_by_a_later_answer() -> None:
    again = answered(5 * HOUR, declaration=NUMBER)
    told = Told(ACCEPTED, ASKED, ANSWERED, dms("51", 2 * HOUR, arrives=4 * HOUR), again)
    assert (told.view.flags, {state for _, _, state in told.of("A10")}) == ((), {"resolved"})


def test_two_answers_before_it_came_leave_a_late_question_open() -> None:
    again = [answered(hours * HOUR, declaration=NUMBER) for hours in (3.5, 4.5)]
    told = Told(ACCEPTED, ASKED, ANSWERED, dms("51", 2 * HOUR, arrives=4 * HOUR), *again[:1])
    assert told.view.flags == ("query_raised",)
    assert Told(ACCEPTED, ASKED, dms("51", 2 * HOUR, arrives=4 * HOUR), *again[1:]).view.flags == ()


def test_a_question_of_the_second_of_the_answer_is_answered() -> None:
    assert Told(ACCEPTED, dms("51", 3 * HOUR, arrives=2 * HOUR), ANSWERED).view.flags == ("time_in_doubt",)


@pytest.mark.parametrize(
    "before",
    [
        (),
        (ACCEPTED,),
        (ACCEPTED, ASKED, dms("51", 2 * HOUR, text="CERTEX Check: resolved")),
        (ACCEPTED, ASKED, answered(2 * HOUR, declaration=NUMBER)),
        (ACCEPTED, dms("51", 4 * HOUR, arrives=2 * HOUR)),
        (ACCEPTED, dms("05", HOUR)),
    ],
)
def test_an_answer_is_refused_where_no_question_is_open_that_it_could_answer(before: tuple[Arrival, ...]) -> None:
    told = Told(*before, ANSWERED)
    state = told.partition.states[NUMBER]
    result = state.ledger.results[f"answer_query-{3 * HOUR}"]
    assert (result.outcome, result.reason) == ("refused", "no question that it could answer is open")
    assert f"answer_query-{3 * HOUR}" not in state.facts.statements


def test_an_answer_with_fields_is_refused() -> None:
    state = Told(ACCEPTED, ASKED).declarations[NUMBER]
    given = Statement("a-1", "answer_query", MONDAY + 3 * HOUR, "", {"text": "item 2"})
    taken = step(state, Command(at=MONDAY, position=900, statement=given), TABLES).declaration
    assert taken.ledger.results["a-1"].reason == "an answer has no fields, and this has ['text']"


def test_the_same_answer_sent_again_is_a_duplicate() -> None:
    state = Told(ACCEPTED, ASKED, ANSWERED).declarations[NUMBER]
    assert ANSWERED.statement is not None
    assert step(state, Command(at=MONDAY, position=900, statement=ANSWERED.statement), TABLES).outcome == "duplicate"


STORIES = {
    "answered": ((1, 51), (2, 0)),
    "asked again": ((1, 51), (2, 0), (3, 51)),
    "answered twice": ((1, 51), (2, 0), (3, 51), (4, 0)),
    "answered after the release": ((1, 51), (2, 9), (3, 0)),
    "cleared after the answer": ((1, 51), (2, 0), (3, 9)),
    "asked late": ((1, 51), (3, 0), (2, -51)),
    "nothing answered": ((2, -51), (3, 0)),
    "late, and resolved before": ((1, -51), (2, -52), (3, 51), (4, 0)),
}
"""Hour and code: 0 is an answer, 52 what resolves a question, and what is negative comes a day later."""


def notification(hour: int, code: int) -> Arrival:
    arrives = hour * HOUR + (DAY if code < 0 else timedelta())
    text = "CERTEX Check: resolved" if abs(code) == 52 else ""
    return dms(f"{min(abs(code), 51):02}", hour * HOUR, text=text, arrives=arrives)


def parts(story: str) -> list[FactsInput]:
    """Each fact by itself, as another number of the declaration would tell it."""
    told = Told(ACCEPTED, *(notification(hour, code) for hour, code in STORIES[story] if code))
    one_by_one = [FactsInput(at=MONDAY, receipts=(fact,)) for fact in told.declarations[NUMBER].facts.receipts.values()]
    stated = [answered(hour * HOUR, declaration=NUMBER).statement for hour, code in STORIES[story] if not code]
    return one_by_one + [FactsInput(at=MONDAY, statements=(one,)) for one in stated if one is not None]


def folded(given: tuple[FactsInput, ...]) -> Declaration:
    state = Declaration(NUMBER)
    for position, one in enumerate(given):
        state = step(
            state, FactsInput(at=one.at, position=position, receipts=one.receipts, statements=one.statements), TABLES
        ).declaration
        assert decode_state(encode_state(state, TABLES), TABLES) == state
    return state


OPEN_AFTER = {"asked again", "asked late", "nothing answered"}


@pytest.mark.parametrize("story", STORIES)
def test_any_order_of_receipts_and_answers_gives_one_view(story: str) -> None:
    states = [folded(order) for order in permutations(parts(story))]
    [found] = {encode(view(state.facts, TABLES)) for state in states}
    assert {encode(view(state.facts, TABLES, state.track)) for state in states} == {found}
    assert ("query_raised" in view(states[0].facts, TABLES).flags) == (story in OPEN_AFTER)


@pytest.mark.parametrize(("after", "flags"), [(2 * HOUR, ("query_raised",)), (3 * HOUR, ())])
def test_an_answer_counts_from_when_it_was_stated(after: timedelta, flags: tuple[str, ...]) -> None:
    facts = Told(ACCEPTED, ASKED, ANSWERED).declarations[NUMBER].facts

    def at(**moment: datetime) -> View:
        return view(select(facts, **moment), TABLES)

    assert at(as_of=MONDAY + after).flags == at(known_at=MONDAY + after).flags == flags
