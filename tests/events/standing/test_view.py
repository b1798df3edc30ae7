"""What the view says beside the status: as of when, releasable, who must act, which words."""

from datetime import timedelta

from tests import messages
from tests.helpers.arrivals import IMPORT, MONDAY
from tests.helpers.recordings import recorded
from tests.helpers.told import Told

from clearance.events.partition.replay import Arrival
from clearance.events.receipts.facts import select
from clearance.events.standing.view import View, view
from clearance.settings.tables import default_tables

TABLES = default_tables()


def facts_of(story: str) -> tuple[str, View]:
    [state] = recorded(story).declarations.values()
    return state.id, view(state.facts, TABLES)


def test_as_of_answers_what_was_true_then() -> None:
    [state] = recorded("held-then-released").declarations.values()
    shown = view(state.facts, TABLES)
    statuses = [view(select(state.facts, as_of=entry.at), TABLES).status for entry in shown.timeline]
    assert statuses == ["submitted", "received", "reviewed", "inspection", "released"]


def test_known_at_answers_what_was_known_then() -> None:
    [state] = recorded("out-of-order-arrival").declarations.values()
    arrivals = sorted(fact.received_at for fact in state.facts.receipts.values())
    now = view(state.facts, TABLES)
    before = view(select(state.facts, known_at=arrivals[0]), TABLES)
    assert len(before.timeline) < len(now.timeline)
    assert view(select(state.facts, known_at=arrivals[0] - timedelta(seconds=1)), TABLES).timeline == ()
    assert "out_of_order" in now.flags
    assert "out_of_order" not in before.flags


def test_a_late_receipt_that_decides_nothing_is_marked_and_not_flagged() -> None:
    _, shown = facts_of("uk-late-assessment-decides-nothing")
    assert [(entry.code, entry.late) for entry in shown.timeline] == [
        ("02", False),
        ("01", False),
        ("13", True),
        ("09", False),
    ]
    assert shown.flags == ()


def test_the_timeline_is_in_the_order_of_the_fold_also_for_equal_times() -> None:
    """Their receipt ids sort the other way round."""
    _, shown = facts_of("uk-accepted-and-received-in-one-second")
    assert [entry.receipt_id for entry in shown.timeline] != sorted(entry.receipt_id for entry in shown.timeline)
    assert [entry.status for entry in shown.timeline] == ["received", "reviewed"]


def test_releasable_is_released_and_no_open_hold() -> None:
    _, held = facts_of("inspection-after-release")
    assert (held.stage, held.releasable) == ("released", False)
    assert held.acts == "trader"
    _, free = facts_of("held-then-released")
    assert (free.stage, free.releasable) == ("released", True)


def test_a_hold_that_is_over_stays_visible_with_its_times() -> None:
    _, shown = facts_of("held-then-released")
    [hold] = shown.holds
    assert hold.kind == "inspection"
    assert hold.until is not None
    assert hold.until > hold.since


def test_the_authoritys_own_words_and_time_stand_beside_ours() -> None:
    _, shown = facts_of("held-then-released")
    last = shown.timeline[-1]
    assert (last.zh, last.en, last.text) == ("海关已放行", "released by customs", "报关单已放行")
    assert last.authority_time == "2026-03-03T08:10:00"
    assert last.at.isoformat() == "2026-03-03T00:10:00+00:00"


def test_a_registered_number_waits_for_its_first_message() -> None:
    for state in recorded("registered-before-the-first-message").declarations.values():
        before = view(select(state.facts, known_at=min(f.issued_at for f in state.facts.statements.values())), TABLES)
        assert before.status == "awaiting_first_message"
        assert before.since is None


def test_a_request_and_its_answer_of_one_moment_are_folded_in_that_order() -> None:
    """Neither states a time, and files that are read together may have come in the same second."""
    head = {"DecModSeqNo": "M1", "DecModType": "1", "EntryId": "", "DecSeqNo": IMPORT, "OperType": "C"}
    asked = messages.amendment({**head, "DecModNote": "改毛重"})
    refused = messages.amendment_response(EntryId="", DecSeqNo=IMPORT, ResultCode="-1", ResultMessage="毛重错误")
    for came in ((asked, refused), (refused, asked)):
        told = Told(*(Arrival(name=f"{place}", at=MONDAY, data=data) for place, data in enumerate(came)))
        assert [entry.status for entry in told.view.timeline] == ["amendment_requested", "amendment_denied"]
        assert told.view.flags == ()
