"""Plain words for every code, and the choice of the language."""

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance.api.feed import Kind
from clearance.api.silences import Basis, Clause
from clearance.api.words import Words, chosen, pairs
from clearance.events.anomalies.ledger import AnomalyState, What
from clearance.events.incidents.incident import Kind as OfIncident
from clearance.events.receipts.facts import EMPTY
from clearance.events.receipts.related import Shared
from clearance.events.standing import view
from clearance.events.standing.timeline import FILE_NAME, Effect
from clearance.events.standing.track import Track
from clearance.events.tables.durations import Mode, Severity
from clearance.events.tables.transitions import CONDITIONAL
from clearance.events.values.receipt import Precision
from clearance.settings.tables import default_tables

TABLES = default_tables()
STATUSES = TABLES.codes.statuses


def named(about: str) -> set[str]:
    """Codes in particulars that some authority names."""
    every = ((name, code) for name, one in TABLES.authorities.items() for code in one.named_codes)
    return {f"{name}:{code}" for name, (of, code) in every if of == about}


SPOKEN: dict[str, set[str]] = {
    "status": set(STATUSES),
    "stage": {name for name, row in STATUSES.items() if row.kind == "stage"} | {CONDITIONAL},
    "group": {row.group for row in STATUSES.values()},
    "next_to_act": {row.acts for row in STATUSES.values()},
    "next_step": {name for name, row in STATUSES.items() if row.kind in ("stage", "obligation")},
    "flag": {name for name, row in STATUSES.items() if row.kind in ("obligation", "flag")}
    | {*view.LASTING.values(), *(flag for flag, _ in view._conditions(EMPTY, Track(), TABLES))},
    "effect": set(get_args(Effect)),
    "state": set(get_args(AnomalyState)),
    "turn": set(get_args(What)),
    "severity": set(get_args(Severity)),
    "precision": {*get_args(Precision), FILE_NAME},
    "transport_mode": set(get_args(Mode)),
    "direction": {"import", "export"},
    "authority": set(TABLES.authorities),
    "rule": set(TABLES.rules),
    "addressee": {name for rule in TABLES.rules.values() for name in rule.tell.split()},
    "number": {f"{authority}:{kind}" for authority, kinds in TABLES.numbers.of.items() for kind in kinds},
    "error": named("error"),
    "pointer": named("pointer"),
    "tax": named("tax"),
    "kind": set(get_args(Kind)),
    "basis": set(get_args(Basis)),
    "silence": set(get_args(Clause)),
    "incident": {*get_args(OfIncident), "open", "closed", "merged"},
    "shares": set(get_args(Shared)),
    "outcome": {"accepted", "refused", "pending", "unacknowledged"},
}


@pytest.mark.parametrize("about", sorted(SPOKEN))
def test_every_code_has_words_in_both_languages(about: str) -> None:
    missing = [name for name in SPOKEN[about] if not all(pairs().get((about, name), ("", "")))]
    assert missing == []


def test_there_are_words_for_no_other_codes() -> None:
    assert {about for about, _ in pairs()} == set(SPOKEN)
    assert [(about, name) for about, name in pairs() if about != "stage" and name not in SPOKEN[about]] == []


def test_a_code_of_a_newer_tracker_is_shown_as_it_is() -> None:
    assert Words("en").of("status", "teleported") == "teleported"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("zh", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("zh-Hant-TW", "zh"),
        ("ZH", "zh"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("en;q=0.5, zh;q=0.9", "zh"),
        ("fr, de;q=0.9", "en"),
        ("fr, zh;q=0.1", "zh"),
        ("zh;q=0", "en"),
        ("*", "en"),
        ("fr, *;q=0.5, zh;q=0.2", "en"),
        ("zh;q=1.5", "en"),
        ("zh;q=0.5, en;q=0.5", "zh"),
        (";;,,q=", "en"),
    ],
)
def test_the_language_is_the_one_preferred(header: str, language: str) -> None:
    assert chosen(header) == language


@given(st.text(max_size=200))
def test_any_header_chooses_a_language(header: str) -> None:
    found: Any = chosen(header)
    assert found in ("zh", "en")
