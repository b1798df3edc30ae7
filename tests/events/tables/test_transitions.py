"""How a declaration moves, in words: every cell of the matrix follows from a few rules, and so do the statuses."""

from itertools import pairwise

import pytest
from tests.helpers.arrivals import MINUTE, channel
from tests.helpers.told import Told

from clearance.events.tables.loading import TABLES
from clearance.events.tables.transitions import Move, load_transitions
from clearance.settings.tables import default_tables

PATH = (
    "awaiting_first_message",
    "draft",
    "submitted",
    "received",
    "manual_review",
    "reviewed",
    "released_conditionally",
    "released",
    "exited",
    "closed",
)
CONDITIONAL = "released_conditionally"
NEVER_DELIVERED = "tech_rejected"
SENT_BACK = ("returned_for_correction", "rejected")
ENDS = ("no_release", "withdrawn", "cancelled", "expired", "deleted")
STAGES = (*PATH, NEVER_DELIVERED, *SENT_BACK, *ENDS)
COLUMNS = (*STAGES[1:], "obligation")


def before(stage: str, limit: str) -> bool:
    """Whether a stage of the main path comes before another."""
    return stage in PATH and PATH.index(stage) < PATH.index(limit)


def wanted(stage: str, says: str) -> Move:
    """What the rules say about a receipt that says `says`, of a declaration that stands at `stage`."""
    if stage == says:
        return "same"
    if stage in ENDS:  # what has ended stays ended
        return "after_end"
    if says == "obligation":  # goods that have left, and closed files, owe nothing new
        return "after_end" if stage in ("exited", "closed") else "open"
    if stage in (NEVER_DELIVERED, *SENT_BACK):  # it is declared again: anything may follow
        return "advance"
    if says in ENDS:
        return _ended(stage, says)
    if says == NEVER_DELIVERED and not before(stage, "released_conditionally"):
        return "after_end" if stage in ("exited", "closed") else "late"
    if says == NEVER_DELIVERED:  # customs took it in and reviews it: it has been delivered
        return "advance" if before(stage, "manual_review") else "late"
    if says in SENT_BACK:
        return "advance" if before(stage, "released") else "late" if before(stage, "exited") else "after_end"
    return _earlier(stage, says) if before(says, stage) else "advance"


def _ended(stage: str, says: str) -> Move:
    """Until the goods have left everything may end it; after that it may still be withdrawn or deleted."""
    if stage in ("exited", "closed"):
        return "advance" if says in ("withdrawn", "deleted") else "after_end"
    return "advance"


def _earlier(stage: str, says: str) -> Move:
    """A receipt that says less than is known."""
    if says in (CONDITIONAL, "released", "exited"):  # a release told after what comes after it only gives its time
        return "fill"
    if stage == "closed":  # an amendment makes customs review again
        return "reopen" if says in ("manual_review", "reviewed") else "after_end"
    if stage == CONDITIONAL:  # two-step: picked up on the summary, the full declaration follows
        return "fill"
    if (stage, says) == ("submitted", "draft"):  # the technical receipt states no time
        return "fill"
    return "revoke" if (stage, says) == ("reviewed", "manual_review") else "late"


@pytest.mark.parametrize("stage", STAGES)
def test_moves_as_the_rules_say(stage: str) -> None:
    moves = load_transitions(TABLES / "transitions.csv", default_tables().codes)
    assert {says: moves[stage, says] for says in COLUMNS} == {says: wanted(stage, says) for says in COLUMNS}


def test_has_no_cell_beside_the_rules() -> None:
    moves = load_transitions(TABLES / "transitions.csv", default_tables().codes)
    assert moves.keys() == {(stage, says) for stage in STAGES for says in COLUMNS}


def _reached(start: str) -> set[str]:
    moves = load_transitions(TABLES / "transitions.csv", default_tables().codes)
    found, waiting = {start}, [start]
    while waiting:
        stage = waiting.pop()
        onward = {says for says in STAGES[1:] if moves[stage, says] in ("advance", "revoke", "reopen")} - found
        found |= onward
        waiting += onward
    return found


def test_reaches_every_stage() -> None:
    assert _reached(PATH[0]) == {*STAGES}


def test_is_never_stuck_before_an_end() -> None:
    assert [stage for stage in STAGES if stage not in ENDS and "closed" not in _reached(stage)] == []


def test_never_leaves_an_end() -> None:
    assert [stage for stage in ENDS if _reached(stage) != {stage}] == []


# Statuses. Of equal times the lower rank is folded first; kept and unknown codes stand at 33, before what decides.
RANKS = """
    0 awaiting_first_message, 10 draft, 20 submitted, 25 tech_rejected, 30 received, 32 awaiting_arrival,
    36 manual_review, 40 reviewed, 49 tax_assessed, 50 docs_required, 51 query_raised, 52 tax_due, 53 handled_outside,
    54 inspection, 56 suspended, 57 held_by_agency, 58 detained, 59 query_resolved, 60 returned_for_correction,
    61 amendment_requested, 61 withdrawal_requested, 62 rejected, 62 message_refused, 63 amended,
    64 amendment_granted, 65 amendment_denied, 70 released, 71 completion_due, 72 no_release, 76 awaiting_exit,
    77 exit_proof_due, 80 exited,
    90 closed, 95 withdrawn, 95 cancelled, 95 expired, 95 deleted
"""
OBLIGATIONS = ("detained", "held_by_agency", "suspended", "inspection", "docs_required", "tax_due")
"""By precedence: what is shown first stands first."""
REQUESTS = ("amendment_requested", "withdrawal_requested")
LATER = ("query_raised", "completion_due", "exit_proof_due")
"""Obligations that never are the headline."""
FLAGS = ("tax_assessed", "handled_outside")
MARKS = ("awaiting_arrival", "amended", "amendment_granted", "amendment_denied", "query_resolved", "message_refused")
TOLD_BEFORE = "awaiting_exit"
"""A mark of earlier versions."""
GROUPS = {
    "in_preparation": ("draft",),
    "in_process": (*PATH[:1], *PATH[2:6], *REQUESTS, *MARKS, "tax_assessed"),
    "action_required": (*OBLIGATIONS, *LATER, "handled_outside", "returned_for_correction"),
    "cleared": ("released", TOLD_BEFORE, "exited", "closed"),
    "rejected": ("tech_rejected", "rejected", "no_release"),
    "cancelled": ("withdrawn", "cancelled", "expired", "deleted"),
}
OVER = ("rejected", "exited", "closed", *ENDS)
ACTS = {
    "declarant": (
        *("draft", "tech_rejected", "returned_for_correction", "rejected", "docs_required", "suspended"),
        *("awaiting_arrival", "amendment_denied", "message_refused", "expired", "deleted"),
        *(*LATER, "handled_outside"),
    ),
    "trader": ("tax_due", "inspection", "detained", "held_by_agency", "no_release"),
    "customs": ("submitted", "received", "manual_review", "reviewed", *REQUESTS),
    "carrier": ("released", TOLD_BEFORE),
    "nobody": (
        *("awaiting_first_message", "amended", "amendment_granted", "query_resolved", "tax_assessed"),
        *("exited", "closed", "withdrawn", "cancelled"),
    ),
}
ENDED_BY = {
    "submitted": ("docs_required", "suspended"),
    "received": ("docs_required", "suspended", "completion_due"),
    "manual_review": ("suspended",),
    "reviewed": ("docs_required", "suspended", *REQUESTS, "completion_due"),
    "tax_due": ("tax_assessed",),
    "query_resolved": ("query_raised",),
    "amendment_granted": REQUESTS,
    "amendment_denied": REQUESTS,
    "released": (*OBLIGATIONS, "tax_assessed", "completion_due"),
    "exited": (*OBLIGATIONS, *REQUESTS, *FLAGS, "exit_proof_due"),
    "closed": (*OBLIGATIONS, *REQUESTS, *FLAGS, "completion_due"),
    **dict.fromkeys((NEVER_DELIVERED, *SENT_BACK, *ENDS), ("all",)),
}


def test_orders_what_is_of_one_second_by_rank() -> None:
    pairs = [pair.split() for pair in RANKS.replace("\n", " ").split(",")]
    assert {name: row.rank for name, row in default_tables().codes.statuses.items()} == {
        name: int(rank) for rank, name in pairs
    }


def test_has_stages_obligations_and_marks() -> None:
    kinds = dict.fromkeys({*STAGES} - {CONDITIONAL}, "stage")
    kinds |= dict.fromkeys((*OBLIGATIONS, *REQUESTS, *LATER), "obligation")
    kinds |= dict.fromkeys(FLAGS, "flag") | dict.fromkeys((*MARKS, TOLD_BEFORE), "mark")
    assert {name: row.kind for name, row in default_tables().codes.statuses.items()} == kinds


def test_groups_every_status() -> None:
    assert {name: row.group for name, row in default_tables().codes.statuses.items()} == _by_name(GROUPS)


def test_says_who_acts_next() -> None:
    assert {name: row.acts for name, row in default_tables().codes.statuses.items()} == _by_name(ACTS)


def test_knows_what_is_over() -> None:
    assert {name for name, row in default_tables().codes.statuses.items() if not row.open} == {*OVER}


def test_ends_obligations_that_are_answered() -> None:
    found = {name: row.ends for name, row in default_tables().codes.statuses.items() if row.ends}
    assert found == {name: {*ends} for name, ends in ENDED_BY.items()}


def test_puts_the_most_pressing_obligation_first() -> None:
    places = dict.fromkeys(default_tables().codes.statuses, 0) | {
        name: place for place, name in enumerate(OBLIGATIONS, 1)
    }
    assert {name: row.precedence for name, row in default_tables().codes.statuses.items()} == places


def _by_name(groups: dict[str, tuple[str, ...]]) -> dict[str, str]:
    return {name: group for group, names in groups.items() for name in names}


SAME_SECOND = ("0", "7", "L", "M", "J", "N", "T", "C", "H", "Z", "P", "R", "D")


@pytest.mark.parametrize("pair", [*pairwise(SAME_SECOND)], ids="".join)
def test_folds_what_is_of_one_second_in_the_order_of_rank(pair: tuple[str, str]) -> None:
    lower, higher = (channel(code) for code in pair)
    either, other = Told(lower, higher), Told(higher, lower)
    assert either.view.status == other.view.status
    assert "out_of_order" not in (*either.view.flags, *other.view.flags)
    assert [entry.effect for entry in either.view.timeline] == [entry.effect for entry in other.view.timeline]


SHOWN = ("H", "C", "N", "T")


@pytest.mark.parametrize("place", range(len(SHOWN)))
def test_shows_of_several_obligations_the_first(place: int) -> None:
    several = [channel(code, MINUTE) for code in reversed(SHOWN[place:])]
    assert Told(channel("J"), *several).view.status == OBLIGATIONS[2:][place]
