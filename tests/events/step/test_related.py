"""What the analyst tells of other declarations: folded as a fact, and wrong as long as both may be processed."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from msgspec.structs import replace
from tests.messages import beijing, dec_result

from clearance.events.anomalies.words import case_of, words
from clearance.events.log.inputs import RelatedInput
from clearance.events.partition.replay import Arrival, Replay
from clearance.events.receipts.facts import select
from clearance.events.receipts.related import UNRELATED, Counterpart, Shared
from clearance.events.step.outputs import AnomalyClosed, AnomalyOpened, Changed
from clearance.events.step.state_records import decode_state, encode_state
from clearance.settings.tables import default_tables

NAME, OTHER = "cn:unified:E20260000000000001", "cn:unified:E20260000000000002"
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FIRST = Counterpart(OTHER, ("bill",), NINE - MINUTE)


def arrival(code: str, minutes: int, backfill: str = "") -> Arrival:
    at = NINE + minutes * MINUTE
    data = dec_result(CUS_CIQ_NO=NAME.rpartition(":")[2], CHANNEL=code, NOTICE_DATE=beijing(at))
    return Arrival(name=f"{code}-{minutes}", at=at, data=data, authority="cn", organisation="demo", backfill=backfill)


def related(minutes: int, *others: Counterpart, refiles: Counterpart | None = None) -> RelatedInput:
    return RelatedInput(at=NINE + minutes * MINUTE, filed_at=NINE, possible_duplicate_of=others, refiles=refiles)


def received() -> Replay:
    return Replay(default_tables()).feed([arrival("L", 1)])


def what(replay: Replay) -> list[tuple[str, str]]:
    """Anomalies of the rule, as they opened and closed."""
    changes = [event.data for event in replay.events if isinstance(event.data, AnomalyOpened | AnomalyClosed)]
    return [(one.anomaly.state, one.anomaly.says) for one in changes if one.anomaly.rule == "A33"]


def test_a_possible_duplicate_is_an_anomaly_at_once_and_once() -> None:
    replay = received()
    assert replay.relate(NAME, related(2, FIRST))
    assert not replay.relate(NAME, related(2, FIRST))
    assert replay.relate(NAME, related(3, FIRST)), "the same again, and later: whoever tells it is to know"
    told = [event.data.related for event in replay.events if isinstance(event.data, Changed) and event.data.related]
    assert [(one.at, one.possible_duplicate_of) for one in told] == [(NINE + at * MINUTE, (FIRST,)) for at in (2, 3)]
    assert what(replay) == [("open", "bill")]
    [anomaly] = [one for one in replay.declarations[NAME].ledger.anomalies.values() if one.rule == "A33"]
    assert (anomaly.deadline, anomaly.severity, anomaly.about["others"]) == (NINE, "high", "1")
    assert OTHER not in str(anomaly), "who sees one declaration need not see the other"


def test_it_is_resolved_when_the_analyst_takes_it_back_or_it_has_come_to_its_end() -> None:
    replay = received()
    replay.relate(NAME, related(2, FIRST))
    replay.relate(NAME, related(3))
    assert what(replay) == [("open", "bill"), ("resolved", "bill")]
    replay = received()
    replay.relate(NAME, related(2, FIRST))
    replay.feed([arrival("P", 4)])
    assert what(replay) == [("open", "bill")], "both are released, and duty is due for both"
    replay.feed([arrival("R", 5)])
    assert what(replay) == [("open", "bill"), ("resolved", "bill")]


def test_what_is_older_than_what_was_told_last_changes_nothing() -> None:
    replay = received()
    replay.relate(NAME, related(3))
    assert not replay.relate(NAME, related(2, FIRST))
    assert what(replay) == []
    replay.relate(NAME, related(4, FIRST))
    assert not replay.relate(NAME, related(3))
    assert what(replay)[-1] == ("open", "bill")


def test_the_same_goods_under_another_bill_are_told_and_raise_nothing() -> None:
    replay = received()
    replay.relate(NAME, related(2, replace(FIRST, shares=("goods",), other_bill=True)))
    assert what(replay) == []
    assert replay.declarations[NAME].facts.related.possible_duplicate_of
    replay.relate(NAME, related(3, replace(FIRST, shares=("goods",), other_bill=True), FIRST))
    assert what(replay) == [("open", "bill")]


def test_a_filing_after_a_rejection_raises_nothing_and_readers_learn_of_it() -> None:
    replay = received()
    assert replay.relate(NAME, related(2, refiles=replace(FIRST, shares=("goods",))))
    assert what(replay) == []
    held = replay.declarations[NAME].facts.related
    assert held.refiles
    assert replay.events[-1].data == Changed("received", "received", related=held)


def test_it_stands_in_the_state_and_in_the_answer_of_then() -> None:
    replay = received()
    replay.relate(NAME, related(2, FIRST))
    state = replay.declarations[NAME]
    read = decode_state(encode_state(state, default_tables()), default_tables())
    assert (read.facts, read.ledger, read.deadline) == (state.facts, state.ledger, state.deadline)
    assert select(state.facts, known_at=NINE + MINUTE).related is UNRELATED
    assert select(state.facts, known_at=NINE + 3 * MINUTE).related == state.facts.related


def test_it_is_ignored_where_nothing_is_known() -> None:
    assert not Replay(default_tables()).relate(NAME, related(2, FIRST))


def test_history_notifies_nobody_and_waits_for_its_end() -> None:
    replay = Replay(default_tables()).feed([arrival("L", 1, backfill="2026-02")])
    replay.relate(NAME, related(2, FIRST))
    assert what(replay) == []
    replay.feed([Arrival(name="end", at=NINE + 3 * MINUTE, kind="backfill-end", backfill="2026-02")])
    assert what(replay) == [("open", "bill")]
    assert not any(event.notify for event in replay.events)


@pytest.mark.parametrize("order", [*permutations(range(4))])
def test_the_order_of_what_is_told_does_not_matter_in_the_end(order: tuple[int, ...]) -> None:
    replay = Replay(default_tables()).feed([arrival("7", 0)])
    told = [related(2, FIRST), related(3, refiles=FIRST), related(4, FIRST, refiles=FIRST), related(4, FIRST)]
    for place in order:
        replay.relate(NAME, told[place])
        replay.pass_time(NINE + 9 * MINUTE)
    state = replay.declarations[NAME]
    assert state.facts.related in (told[2].related, told[3].related)
    assert state.facts.related.possible_duplicate_of == (FIRST,)
    [anomaly] = [one for one in state.ledger.anomalies.values() if one.rule == "A33"]
    assert anomaly.state == "open"


WORDS = {"bill": ("同一提运单", "bill of lading"), "goods": ("商品", "lines")}


@pytest.mark.parametrize("shares", WORDS)
def test_it_says_since_when_the_first_was_silent_and_never_to_declare_again(shares: Shared) -> None:
    replay = received()
    replay.relate(NAME, related(2, replace(FIRST, shares=(shares,))))
    [anomaly] = [one for one in replay.declarations[NAME].ledger.anomalies.values() if one.rule == "A33"]
    case = case_of(NAME, anomaly, ())
    chinese, english = (words(case, default_tables(), language) for language in ("zh", "en"))
    assert WORDS[shares][0] in chinese
    assert "2026-03-02 16:59" in chinese
    assert "切勿再次申报" in chinese
    assert WORDS[shares][1] in english
    assert "before both are processed" in english
