"""Until when: what an authority has set a limit for is warned of before it and told louder when it passes."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from tests.helpers.arrivals import DAY, HOUR, MINUTE, MONDAY, SECOND
from tests.helpers.facts_told import Stated, stated

from clearance.events.log.inputs import BackfillEnd, FactsInput
from clearance.events.receipts.facts import Fact
from clearance.events.step.outputs import AnomalyOpened
from clearance.events.values.particulars import Amount, Limit, Question

NOW = timedelta()
LIMIT = 10 * DAY


def limit(after: timedelta, reference: str = "") -> Limit:
    return Limit(MONDAY + after, "LimitDateTime", reference)


def debt(reference: str, value: str = "117.20") -> Amount:
    return Amount(type="", value=value, currency="GBP", reference=reference)


ACCEPTED = stated("01", -HOUR)
WARNED = {
    "A09": (stated("13", NOW, limit(LIMIT)), [(LIMIT - 3 * DAY, "medium"), (LIMIT, "critical")]),
    "A10": (stated("06", NOW, limit(LIMIT)), [(NOW, "medium"), (LIMIT - DAY, "high"), (LIMIT, "critical")]),
    "A10 by a question": (
        stated("51", NOW, Question("Which?"), limit(LIMIT)),
        [(NOW, "medium"), (LIMIT - DAY, "high"), (LIMIT, "critical")],
    ),
    "A13": (stated("18", NOW, limit(LIMIT)), [(LIMIT - 7 * DAY, "medium"), (LIMIT, "high")]),
}


@pytest.mark.parametrize("name", WARNED)
def test_is_warned_of_before_the_limit_and_escalates_when_it_passes(name: str) -> None:
    fact, levels = WARNED[name]
    for number, (opens, severity) in enumerate(levels):
        told = Stated(ACCEPTED, fact, until=opens)
        *before, last = told.of(name[:3])
        assert last == (opens, severity, "open")
        assert [state for _, _, state in before] == ["escalated"] * number
        assert told.anomalies[-1].limit == MONDAY + LIMIT
        assert len(Stated(ACCEPTED, fact, until=opens - SECOND).of(name[:3])) == number or opens == NOW


def test_an_obligation_shows_its_limit_until_it_ends() -> None:
    told = Stated(ACCEPTED, stated("06", NOW, limit(LIMIT)))
    [hold] = told.view.holds
    assert (hold.limit, hold.limit_in_doubt) == (MONDAY + LIMIT, False)
    told.tell(stated("09", HOUR))
    [hold] = told.view.holds
    assert (hold.limit, hold.until) == (None, MONDAY + HOUR)


def test_the_limit_of_the_last_receipt_counts_and_moves_the_anomaly() -> None:
    told = Stated(ACCEPTED, stated("13", NOW, limit(LIMIT)), stated("15", 8 * DAY, limit(20 * DAY)), until=17 * DAY)
    assert told.of("A09") == [(LIMIT - 3 * DAY, "medium", "moved"), (17 * DAY, "medium", "open")]
    [hold] = told.view.holds
    assert (hold.receipt_id, hold.latest_receipt_id) == ("13-0", f"15-{8 * 86400}")


def test_a_receipt_that_says_no_limit_leaves_the_one_that_is_known() -> None:
    told = Stated(ACCEPTED, stated("13", NOW, limit(LIMIT)), stated("15", DAY, text="reminder"))
    assert [hold.limit for hold in told.view.holds] == [MONDAY + LIMIT]


def test_the_last_limit_is_that_of_the_fold_in_any_order_of_arrival() -> None:
    facts = [stated("01"), stated("06", HOUR, limit(9 * DAY)), stated("06", 2 * HOUR, limit(5 * DAY))]
    for order in permutations(facts):
        arriving = [_arrived(fact, 3 * HOUR + place * MINUTE) for place, fact in enumerate(order)]
        assert [hold.limit for hold in Stated(*arriving).view.holds] == [MONDAY + 5 * DAY]


def _arrived(fact: Fact, after: timedelta) -> Fact:
    return Fact(fact.receipt, MONDAY + after, fact.message_id)


TWO_DEBTS = stated(
    "13", NOW, debt("PAY1"), limit(12 * DAY, "PAY1"), debt("PAY2", "9.00"), limit(6 * DAY, "PAY2"), name="both"
)


def test_debts_of_two_payments_are_two_items_and_the_anomaly_speaks_of_the_earlier() -> None:
    told = Stated(ACCEPTED, TWO_DEBTS, until=4 * DAY)
    assert {hold.reference: hold.limit for hold in told.view.holds} == {
        "PAY1": MONDAY + 12 * DAY,
        "PAY2": MONDAY + 6 * DAY,
    }
    [anomaly] = told.anomalies
    assert (anomaly.limit, anomaly.deadline) == (MONDAY + 6 * DAY, MONDAY + 3 * DAY)


def test_a_reminder_without_a_reference_is_of_the_only_debt_there_is() -> None:
    one = Stated(ACCEPTED, stated("13", NOW, debt("PAY1"), limit(LIMIT)), stated("15", HOUR, limit(LIMIT + DAY)))
    assert [(hold.reference, hold.limit) for hold in one.view.holds] == [("PAY1", MONDAY + LIMIT + DAY)]
    two = Stated(ACCEPTED, TWO_DEBTS, stated("15", HOUR, limit(DAY)))
    assert sorted(hold.reference for hold in two.view.holds) == ["", "PAY1", "PAY2"]


def test_a_warning_that_is_past_opens_at_the_next_clock_with_its_own_deadline() -> None:
    told = Stated(ACCEPTED, stated("13", NOW, limit(DAY)))
    assert told.of("A09") == []
    told.pass_time(MONDAY)
    assert told.of("A09") == [(-2 * DAY, "medium", "open")]
    told.pass_time(MONDAY + DAY)
    assert told.of("A09") == [(-2 * DAY, "medium", "escalated"), (DAY, "critical", "open")]


def test_a_warning_due_in_the_second_in_which_the_finding_begins_is_the_finding() -> None:
    told = Stated(ACCEPTED, stated("06", NOW, limit(DAY)), until=DAY)
    assert told.of("A10") == [(NOW, "medium", "escalated"), (DAY, "critical", "open")]


def test_the_end_of_a_backfill_opens_a_warning_that_coincides_with_the_finding_once() -> None:
    told = Stated()
    receipts = (ACCEPTED, stated("06", NOW, limit(DAY)))
    told._append("uk:mrn:26GB00000000000001", FactsInput(at=MONDAY, backfill="b", receipts=receipts))
    told._append("", BackfillEnd(at=MONDAY + HOUR, backfill="b"))
    assert told.of("A10") == [(NOW, "medium", "open")]
    assert len([event for event in told.events if isinstance(event.data, AnomalyOpened)]) == 1


def test_what_was_asked_before_a_release_is_still_due_by_its_limit_after_it() -> None:
    told = Stated(ACCEPTED, stated("13", NOW, limit(LIMIT)), stated("08", DAY), until=LIMIT)
    assert told.of("A09") == [(LIMIT - 3 * DAY, "medium", "escalated"), (LIMIT, "critical", "open")]


def test_without_a_limit_tax_is_not_spoken_of_after_the_release() -> None:
    assert Stated(ACCEPTED, stated("13"), stated("08", HOUR), until=60 * DAY).of("A09") == []


@pytest.mark.parametrize("code", ["09", "10", "16"])
def test_nothing_is_due_after_the_end(code: str) -> None:
    told = Stated(ACCEPTED, stated("13", NOW, limit(LIMIT)), stated(code, DAY), until=60 * DAY)
    assert told.of("A09") == []


BEYOND = datetime(2200, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("at", [BEYOND, datetime(2100, 1, 1, tzinfo=UTC), MONDAY - SECOND])
def test_a_limit_that_cannot_be_meant_is_shown_and_not_armed(at: datetime) -> None:
    told = Stated(ACCEPTED, stated("13", NOW, Limit(at, "LimitDateTime")), until=60 * DAY)
    [hold] = told.view.holds
    assert (hold.limit, hold.limit_in_doubt) == (at, True)
    assert told.of("A09") == [(DAY, "medium", "escalated"), (12 * DAY, "high", "open")]
    assert [anomaly.limit for anomaly in told.anomalies if anomaly.rule == "A09"] == [None, None]


def test_of_several_limits_of_one_receipt_the_earliest_that_can_be_meant_counts() -> None:
    told = Stated(ACCEPTED, stated("06", NOW, Limit(BEYOND), limit(8 * DAY), limit(-DAY), limit(5 * DAY)))
    assert [hold.limit for hold in told.view.holds] == [MONDAY + 5 * DAY]


def test_a_limit_of_this_very_moment_counts() -> None:
    told = Stated(ACCEPTED, stated("13", NOW, limit(NOW)), until=NOW)
    assert told.of("A09") == [(-3 * DAY, "medium", "escalated"), (NOW, "critical", "open")]


def test_an_anomaly_that_stays_open_knows_the_last_limit_and_its_receipt() -> None:
    told = Stated(ACCEPTED, stated("06", NOW, limit(LIMIT)), stated("06", DAY, limit(LIMIT + DAY)))
    [anomaly] = [one for one in told.anomalies if one.rule == "A10"]
    assert (anomaly.deadline, anomaly.limit) == (MONDAY, MONDAY + LIMIT + DAY)
    assert anomaly.receipts == ("06-0", "06-86400")
