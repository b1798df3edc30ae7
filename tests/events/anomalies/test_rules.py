"""Every rule of the catalogue: it fires when it is time and not a second before, and is silent where all is well."""

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

import pytest
from msgspec.structs import replace
from tests.helpers.arrivals import (
    DAY,
    EXPORT,
    HOUR,
    IMPORT,
    MINUTE,
    MONDAY,
    SECOND,
    acknowledged,
    amendment,
    amendment_response,
    channel,
    dms,
    imported,
    planned,
    sent,
)
from tests.helpers.told import Told

from clearance.events.partition.replay import Arrival
from clearance.events.tables.loading import TABLES
from clearance.events.tables.rule_table import load_rules
from clearance.settings.tables import default_tables

NOW = timedelta()
Answer = Callable[[timedelta], list[Arrival]]


class Case(NamedTuple):
    """What leads to a finding, when its levels open and how severe they are, and what answers it."""

    rule: str
    story: list[Arrival]
    levels: list[tuple[timedelta, str]]
    answer: Answer | None = None


def says(code: str, number: str = IMPORT) -> Answer:
    return lambda after: [channel(code, after, number=number)]


def told_late(*codes: str) -> Answer:
    """Receipts from before Monday morning that arrive late."""
    return lambda after: [channel(code, -MINUTE, arrives=after) for code in codes]


MORNING = 9 * HOUR
"""How long the day has lasted in Beijing when a story begins."""
EXPORTED = "cn:unified:" + EXPORT
CASES = {
    "A01": Case("A01", [sent("C")], [(10 * MINUTE, "high")], lambda after: [imported(0, after)]),
    "A02 by channel": Case("A02", [channel("4")], [(NOW, "high")], says("7")),
    "A02 by import": Case("A02", [imported(-1)], [(NOW, "high")], lambda after: [imported(0, after)]),
    "A03": Case("A03", [channel("7")], [(15 * MINUTE, "high")], says("L")),
    "A04": Case("A04", [channel("L")], [(2 * HOUR, "medium"), (8 * HOUR, "high")], says("J")),
    "A05 import": Case("A05", [channel("J")], [(4 * HOUR, "medium"), (24 * HOUR, "high")], says("P")),
    "A05 export": Case(
        "A05",
        [channel("J", number=EXPORT), planned(MINUTE, declaration=EXPORTED, arrived_at=3 * HOUR)],
        [(7 * HOUR, "medium"), (27 * HOUR, "high")],
        says("P", EXPORT),
    ),
    "A05 import filed in advance": Case("A05", [channel("J", note="待货物运抵")], [(48 * HOUR, "medium")], says("P")),
    "A05 import filed in advance that has arrived": Case(
        "A05",
        [channel("J", note="待货物运抵"), planned(MINUTE, declaration=f"cn:unified:{IMPORT}", arrived_at=3 * HOUR)],
        [(7 * HOUR, "medium"), (27 * HOUR, "high")],
        says("P"),
    ),
    "A05 uk": Case("A05", [dms("01")], [(4 * HOUR, "medium"), (24 * HOUR, "high")], lambda after: [dms("09", after)]),
    "A06 rejected": Case("A06", [channel("E")], [(NOW, "high")], says("7")),
    "A07": Case("A07", [channel("C")], [(NOW, "high"), (24 * HOUR, "high"), (72 * HOUR, "critical")], says("P")),
    "A08 suspended": Case("A08", [channel("H")], [(NOW, "critical")], says("J")),
    "A08 detained": Case("A08", [dms("52")], [(NOW, "critical")], lambda after: [dms("09", after)]),
    "A09": Case("A09", [channel("T")], [(24 * HOUR, "medium"), (12 * DAY, "high")], says("P")),
    "A09 by guarantee": Case("A09", [channel("T")], [(24 * HOUR, "medium"), (12 * DAY, "high")], says("B")),
    "A10 documents": Case("A10", [channel("N")], [(NOW, "medium")], says("J")),
    "A10 reviewed again": Case("A10", [channel("M")], [(NOW, "medium")], says("J")),
    "A11": Case(
        "A11",
        [channel("J", number=EXPORT), planned(MINUTE, declaration=EXPORTED, cut_off_at=12 * HOUR)],
        [(6 * HOUR, "critical")],
        says("P", EXPORT),
    ),
    "A12": Case(
        "A12",
        [channel("J", number=EXPORT), planned(MINUTE, declaration=EXPORTED, cut_off_at=12 * HOUR)],
        [(12 * HOUR, "critical")],
        says("R", EXPORT),
    ),
    "A32": Case(
        "A32",
        [
            channel("P", -HOUR, number=EXPORT),
            planned(-2 * HOUR, declaration=EXPORTED, vessel="COSCO A"),
            planned(NOW, declaration=EXPORTED, vessel="COSCO B"),
        ],
        [(NOW, "critical")],
        lambda after: [planned(after, declaration=EXPORTED, vessel="COSCO A")],
    ),
    "A13": Case("A13", [channel("P")], [(14 * DAY, "medium")], says("R")),
    "A13 departed": Case(
        "A13",
        [channel("P", number=EXPORT), planned(MINUTE, declaration=EXPORTED, departure_at=2 * DAY)],
        [(9 * DAY, "medium"), (17 * DAY, "high")],
        says("R", EXPORT),
    ),
    "A14": Case("A14", [amendment(1)], [(28 * DAY, "medium")], lambda after: [amendment_response(-1, after)]),
    "A14 withdrawal": Case(
        "A14", [amendment(2)], [(28 * DAY, "medium")], lambda after: [amendment_response(-1, after)]
    ),
    "A14 uk": Case(
        "A14",
        [dms("01", -HOUR), dms("02")],
        [(28 * DAY, "medium")],
        lambda after: [dms("11", after, name="41")],
    ),
    "A15": Case("A15", [channel("D")], [(NOW, "high")]),
    "A16": Case("A16", [dms("01", -HOUR, reference="X"), dms("05", reference="X")], [(NOW, "info")]),
    "A17 dated": Case("A17", [channel("J", -HOUR), channel("L")], [(NOW, "info")]),
    "A17 received": Case("A17", [channel("J", HOUR, arrives=-MINUTE), channel("L")], [(NOW, "info")]),
    "A18": Case("A18", [channel("P")], [(24 * HOUR, "info")], told_late("L", "J")),
    "A18 uk": Case("A18", [dms("09")], [(24 * HOUR, "info")], lambda after: [dms("01", -HOUR, arrives=after)]),
    "A19": Case("A19", [channel("R", -HOUR), channel("C")], [(NOW, "medium")]),
    "A20": Case("A20", [channel("??")], [(NOW, "medium")]),
    "A22 ahead": Case("A22", [channel("L", arrives=-5 * MINUTE - SECOND)], [(NOW, "info")]),
    "A22 absent": Case("A22", [channel("P", timed=False)], [(NOW, "info")]),
    "A27": Case("A27", [channel("Z")], [(NOW, "high")], says("7")),
    "A28": Case(
        "A28", [dms("01", -HOUR), dms("03", errors=("CDS1",))], [(NOW, "high")], lambda after: [dms("09", after)]
    ),
    "A29": Case("A29", [dms("03", errors=("CDS1",), version="")], [(NOW, "high")], lambda after: [dms("01", after)]),
    "A30": Case("A30", [dms("14")], [(NOW, "high")], lambda after: [dms("09", after)]),
    "A31": Case("A31", [channel("SpK")], [(10 * DAY - MORNING, "medium"), (15 * DAY - MORNING, "high")], says("L")),
    "A21": Case("A21", [channel("L", entry="223320260000000763")], [(NOW, "medium")]),
}
LONG = 60 * DAY
TIMED = [name for name, case in CASES.items() if case.answer and not name.startswith(("A01", "A02 by import", "A14"))]
"""Where the answer states its time, so that it may arrive before the question."""


@pytest.mark.parametrize("name", CASES)
def test_fires_level_by_level(name: str) -> None:
    case = CASES[name]
    for number, (opens, severity) in enumerate(case.levels, 1):
        told = Told(*case.story, until=opens).of(case.rule)
        assert told[-1] == (opens, severity, "open")
        assert [state for _, _, state in told[:-1]] == ["escalated"] * (number - 1)
    assert len(Told(*case.story, until=LONG).of(case.rule)) == len(case.levels)


@pytest.mark.parametrize("name", CASES)
def test_does_not_fire_a_second_early(name: str) -> None:
    case = CASES[name]
    for number, (opens, _) in enumerate(case.levels):
        if opens != NOW:
            assert len(Told(*case.story, until=opens - SECOND).of(case.rule)) == number
        else:
            assert Told(*(case.story[:-1] or [channel("2", -2 * HOUR)]), until=NOW).of(case.rule) == []


@pytest.mark.parametrize("name", CASES)
def test_is_unchanged_by_repeated_messages(name: str) -> None:
    case = CASES[name]
    again = [replace(one, at=one.at + 5 * MINUTE) for one in case.story if one.kind == "message"]
    once = [(rule.rule, rule.deadline, rule.level) for rule in Told(*case.story, until=LONG).anomalies]
    twice = [(rule.rule, rule.deadline, rule.level) for rule in Told(*case.story, *again, until=LONG).anomalies]
    assert once == twice


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.answer])
def test_closes_when_answered(name: str) -> None:
    case = CASES[name]
    assert case.answer is not None
    answered = case.levels[0][0] + MINUTE
    told = Told(*case.story, *case.answer(answered), until=LONG).of(case.rule)
    assert told == [(*case.levels[0], "resolved")]


@pytest.mark.parametrize("name", [name for name in CASES if CASES[name].answer and CASES[name].levels[0][0]])
def test_is_silent_when_answered_in_the_last_second(name: str) -> None:
    case = CASES[name]
    assert case.answer is not None
    assert Told(*case.story, *case.answer(case.levels[0][0] - SECOND), until=LONG).of(case.rule) == []


@pytest.mark.parametrize("name", TIMED)
def test_is_silent_when_the_answer_came_first(name: str) -> None:
    case = CASES[name]
    assert case.answer is not None
    messages = [one for one in case.story if one.kind == "message"]
    backwards = [*case.answer(MINUTE), *reversed(messages)]
    arriving = [replace(one, at=MONDAY + 2 * MINUTE + place * SECOND) for place, one in enumerate(backwards)]
    assert Told(*arriving, until=LONG).of(case.rule) == []


LASTING = [name for name, case in CASES.items() if case.answer is None and case.rule != "A15"]
ENDED = ("A06 rejected", "A15")


@pytest.mark.parametrize("name", LASTING)
def test_lasts_until_it_is_acknowledged(name: str) -> None:
    case = CASES[name]
    told = Told(*case.story, channel("9", 2 * DAY) if name != "A16" else dms("09", 2 * DAY), until=LONG)
    [anomaly] = [one for one in told.anomalies if one.rule == case.rule]
    assert anomaly.state == "open"
    told.take(acknowledged(anomaly, LONG, declaration=told.id))
    assert told.of(case.rule)[0] == (*case.levels[0], "acknowledged")


@pytest.mark.parametrize("name", [name for name in CASES if name not in (*LASTING, *ENDED)])
def test_stays_open_though_acknowledged_while_it_is_so(name: str) -> None:
    case = CASES[name]
    opened = case.levels[0][0]
    told = Told(*case.story, until=opened)
    [anomaly] = [one for one in told.anomalies if one.rule == case.rule]
    told.take(acknowledged(anomaly, opened + MINUTE, declaration=told.id))
    assert told.of(case.rule) == [(*case.levels[0], "open")]


@pytest.mark.parametrize("name", ENDED)
def test_is_closed_by_the_acknowledgement_where_nothing_else_will_close_it(name: str) -> None:
    case = CASES[name]
    told = Told(*case.story, until=case.levels[0][0])
    [anomaly] = [one for one in told.anomalies if one.rule == case.rule]
    told.take(acknowledged(anomaly, MINUTE, declaration=told.id))
    assert told.of(case.rule) == [(*case.levels[0], "acknowledged")]


def test_a_risk_escalates_to_what_it_warned_of_and_a_new_plan_moves_both() -> None:
    reviewed = channel("J", number=EXPORT)
    first = planned(MINUTE, declaration=EXPORTED, cut_off_at=12 * HOUR)
    assert [Told(reviewed, first, until=12 * HOUR).of(rule) for rule in ("A11", "A12")] == [
        [(6 * HOUR, "critical", "escalated")],
        [(12 * HOUR, "critical", "open")],
    ]
    told = Told(
        reviewed, first, planned(13 * HOUR, declaration=EXPORTED, cut_off_at=7 * DAY), until=6 * DAY + 18 * HOUR
    )
    assert told.of("A12") == [(12 * HOUR, "critical", "moved")]
    assert told.of("A11")[1:] == [(6 * DAY + 18 * HOUR, "critical", "open")]


def test_a_plan_stated_too_late_warns_with_the_next_clock() -> None:
    told = Told(channel("J", number=EXPORT), planned(11 * HOUR, declaration=EXPORTED, cut_off_at=12 * HOUR))
    assert told.of("A11") == []
    told.pass_time(MONDAY + 11 * HOUR + MINUTE)
    assert told.of("A11") == [(6 * HOUR, "critical", "open")]


def test_a_release_after_the_cut_off_leaves_it_missed() -> None:
    planned_once = planned(MINUTE, declaration=EXPORTED, cut_off_at=12 * HOUR)
    told = Told(channel("J", number=EXPORT), planned_once, channel("P", 13 * HOUR, number=EXPORT), until=DAY)
    assert told.of("A12") == [(12 * HOUR, "critical", "open")]
    assert told.of("A11") == [(6 * HOUR, "critical", "escalated")]


def test_a_release_told_late_takes_back_that_the_cut_off_was_missed() -> None:
    planned_once = planned(MINUTE, declaration=EXPORTED, cut_off_at=12 * HOUR)
    late = channel("P", 11 * HOUR, number=EXPORT, arrives=13 * HOUR)
    told = Told(channel("J", number=EXPORT), planned_once, late, until=DAY)
    assert told.of("A12") == [(12 * HOUR, "critical", "resolved")]


FULL = [channel("7", -3 * MINUTE), channel("L", -2 * MINUTE), channel("J", -MINUTE)]
ALL_IS_WELL: dict[str, list[Arrival]] = {
    "A01: a draft that was answered": [sent("G"), imported(0, MINUTE)],
    "A01: an amendment is no answer, and none is awaited of it": [sent("C"), imported(0, SECOND), amendment(1, MINUTE)],
    "A02: a success with a warning": [imported(0, text="第1项商品缺少B证")],
    "A03: it is A01 that speaks of what nobody has answered": [sent("C")],
    "A05: an export whose goods have not arrived": [channel("J", number=EXPORT)],
    "A07: a notice of review": [channel("W")],
    "A07: an inspection that came before the release": [channel("P", SECOND), channel("C", arrives=MINUTE)],
    "A08: a gate permit": [channel("X")],
    "A09: tax due after a release under guarantee": [channel("B"), channel("T", MINUTE)],
    "A10: a review on the spot": [channel("V")],
    "A11: goods that were released in time": [
        channel("P", number=EXPORT),
        planned(MINUTE, declaration=EXPORTED, cut_off_at=HOUR),
    ],
    "A11: a rejected declaration": [
        channel("E", number=EXPORT),
        planned(MINUTE, declaration=EXPORTED, cut_off_at=HOUR),
    ],
    "A12: goods that were released in the last second": [
        channel("P", HOUR - SECOND, number=EXPORT),
        planned(MINUTE, declaration=EXPORTED, cut_off_at=HOUR),
    ],
    "A12: goods that have left": [
        channel("R", 2 * HOUR, number=EXPORT),
        planned(DAY, declaration=EXPORTED, cut_off_at=HOUR),
    ],
    "A32: a vessel that was changed before the release": [
        planned(-2 * HOUR, declaration=EXPORTED, vessel="COSCO A"),
        planned(-HOUR, declaration=EXPORTED, vessel="COSCO B"),
        channel("P", number=EXPORT),
    ],
    "A32: a vessel that was first named after the release": [
        channel("P", number=EXPORT),
        planned(HOUR, declaration=EXPORTED, vessel="COSCO A"),
    ],
    "A13: goods that have left": [dms("08"), dms("16", MINUTE)],
    "A14: a draft of a request": [amendment(1, operation="G")],
    "A14: a request that was granted": [dms("01"), dms("02", MINUTE), dms("11", 2 * MINUTE, name="39")],
    "A15: a deletion that is only announced": [channel("D0")],
    "A16: the same bytes twice": [dms("01"), dms("01", arrives=MINUTE)],
    "A17: a release and a closure of one second": [*FULL, channel("R"), channel("P")],
    "A17: a receipt without a time": [channel("L"), channel("7", MINUTE, timed=False)],
    "A17: a late draft after the declaration": [channel("7"), imported(0, MINUTE)],
    "A18: all steps were seen": [*FULL, channel("P")],
    "A18: goods that had arrived are accepted at once": [dms("01"), dms("09", MINUTE)],
    "A19: a release told after the closure": [*FULL, channel("R"), channel("P", MINUTE)],
    "A19: a request to amend a closed declaration": [*FULL, channel("R"), amendment(1, MINUTE)],
    "A19: a closed declaration that is withdrawn": [*FULL, channel("R"), channel("D", MINUTE)],
    "A20: a code that is kept for a reason": [channel("a"), channel("#", MINUTE)],
    "A22: a clock that is five minutes ahead": [channel("L", 5 * MINUTE, arrives=NOW)],
    "A22: the data centre states no time": [channel("L", timed=False)],
    "A31: a release in two steps that was completed": [channel("SpK", -HOUR), channel("L")],
    "A21: numbers that agree": [channel("L", entry="223320261000000762")],
}


@pytest.mark.parametrize("story", ALL_IS_WELL)
def test_is_silent_where_all_is_well(story: str) -> None:
    assert Told(*ALL_IS_WELL[story], until=LONG).of(story[:3]) == []


SEVERAL = {"A23"}
"""Found where several declarations meet: `tests/recordings/one-entry-number-two-declarations`."""
BY_THE_ANALYST = {"A33"}
"""Found by what is told of other declarations: `tests/events/step/test_related.py`."""
TELL = {
    "A01": "declarant",
    "A02": "declarant",
    "A03": "declarant",
    "A04": "declarant trader",
    "A05": "forwarder trader",
    "A06": "declarant trader",
    "A07": "trader forwarder",
    "A08": "trader broker legal",
    "A09": "trader finance",
    "A10": "declarant",
    "A11": "forwarder trader customer",
    "A12": "forwarder broker customer",
    "A32": "broker forwarder",
    "A33": "declarant broker trader",
    "A13": "forwarder carrier finance",
    "A14": "broker",
    "A15": "trader",
    "A27": "declarant trader",
    "A28": "declarant broker",
    "A29": "declarant broker",
    "A30": "finance declarant",
    "A19": "ops broker",
    "A31": "declarant",
    "A24": "forwarder carrier",
    "A25": "forwarder broker",
    "A26": "trader broker",
    **dict.fromkeys(("A16", "A17", "A18", "A20", "A21", "A22", "A23"), "ops"),
}


def test_tells_whom_the_catalogue_names() -> None:
    assert {rule: row.tell for rule, row in load_rules(TABLES / "rules.csv").items()} == TELL


def test_watches_what_its_findings_come_from() -> None:
    """A13 watches the stage, and codes set it off besides."""
    by_code = {meaning.alert for _, meaning in default_tables().codes.rows()} - {"", "A13"}
    facts = {CASES[name].rule for name in LASTING} | SEVERAL
    rules = load_rules(TABLES / "rules.csv")
    assert {rule for rule, row in rules.items() if row.watches == "code"} == by_code
    assert {rule for rule, row in rules.items() if row.watches == "fact"} == facts
    assert {rule for rule, row in rules.items() if row.lasting} == facts
    assert {rule for rule, row in rules.items() if row.watches == "related"} == BY_THE_ANALYST


def test_has_a_case_for_every_rule() -> None:
    rules = load_rules(TABLES / "rules.csv")
    raised = {rule for rule, row in rules.items() if row.raised}
    elsewhere = SEVERAL | BY_THE_ANALYST
    assert {case.rule for case in CASES.values()} | elsewhere == raised
    assert {story[:3] for story in ALL_IS_WELL} | elsewhere >= raised - {
        "A04",
        "A06",
        "A27",
        "A28",
        "A29",
        "A30",
    }
    assert rules.keys() == TELL.keys()


def test_says_why_a_rule_of_the_catalogue_is_not_raised() -> None:
    rules = load_rules(TABLES / "rules.csv")
    assert {rule for rule, row in rules.items() if row.watches == "nothing"} == {"A24", "A25"}
    assert all(row.evidence.startswith("not raised: ") for row in rules.values() if row.watches == "nothing")
    assert {rule for rule, row in rules.items() if row.watches == "analyst"} == {"A26"}


def test_says_on_what_evidence() -> None:
    told = Told(channel("C"))
    [anomaly] = told.anomalies
    assert (anomaly.rule, anomaly.receipts, anomaly.since) == ("A07", (told.last.receipt_id,), MONDAY)
