"""An anomaly in words: what is wrong, where, how much, until when and what to do, each wholly in one language."""

import re
from datetime import timedelta

import pytest
from tests.events.anomalies.read_aloud import PAGE, page
from tests.helpers.arrivals import DAY, HOUR, MONDAY, channel, dms
from tests.helpers.facts_told import Stated, stated
from tests.helpers.recordings import RECORDINGS
from tests.helpers.told import Told
from tests.helpers.words_told import told_of

from clearance.events.anomalies.clauses import MOST
from clearance.events.anomalies.words import Case, words
from clearance.events.step.outputs import AnomalyOpened
from clearance.events.values.particulars import Amount, Change, Contact, Decision, Fault, Limit, Particular, Place
from clearance.events.values.particulars import Question as Asked
from clearance.recordings.story import tell
from clearance.settings.tables import default_tables

TABLES = default_tables()
NOW = timedelta()
CHINESE = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")
LATIN = re.compile(r"[A-Za-z]")
BRACES = re.compile(r"\{\w+\}")


def test_there_is_a_sentence_for_every_rule() -> None:
    assert {rule for rule, says in TABLES.finding_words.sentences if not says} == {
        rule for rule, row in TABLES.rules.items() if row.raised
    }


def test_what_a_level_says_is_a_sentence_of_its_rule() -> None:
    told = {(row.rule, row.says) for row in TABLES.durations}
    assert told <= TABLES.finding_words.sentences.keys()


@pytest.mark.parametrize("row", [*TABLES.finding_words.sentences.values(), *TABLES.finding_words.clauses.values()])
def test_each_language_is_whole_and_names_the_same(row: object) -> None:
    zh, en = getattr(row, "zh", ""), getattr(row, "en", "")
    assert {*BRACES.findall(zh)} == {*BRACES.findall(en)}
    assert not LATIN.search(BRACES.sub("", zh + getattr(row, "do_zh", "")))
    assert not CHINESE.search(en + getattr(row, "do_en", ""))


def test_the_note_of_the_officer_is_quoted_as_it_stands() -> None:
    told = Told(channel("C", note="机检异常，开箱查验"))
    assert told_of(told, "A07", "zh") == (
        "货物须查验，尚未放行；海关原文：“机检异常，开箱查验”；备好货物和单证，按海关要求的时间地点配合查验；尚无安排的，向海关约定。"
    )
    assert "Customs writes: “机检异常，开箱查验”. Present the goods" in told_of(told, "A07")


def test_without_a_note_it_is_what_the_code_means() -> None:
    assert told_of(Told(channel("H")), "A08").startswith("The declaration is suspended. The receipt says: suspended:")


PAYMENT = (
    Amount(type="A00", value="117.20", currency="GBP", reference="CDSI1", account="****2545"),
    Limit(MONDAY + 10 * DAY, "DueDateTime", "CDSI1"),
)
PARTICULARS: dict[str, tuple[Particular, str]] = {
    "error": (Fault("CDS1", "wrong", "42A.67A", 3, "Origin"), "Error CDS1, item 3, Origin: “wrong”."),
    "error without a code": (Fault("", "wrong", item=3), "Error, item 3: “wrong”."),
    "error of a known code": (
        Fault("CDS10001", "", "42A.67A.68A.3.D005", 3, "D005"),
        "Error CDS10001 (a data element that is required is missing), item 3, D005 (document identifier).",
    ),
    "error by its pointer": (Fault("CDS1", pointer="42A.9"), "Error CDS1, 42A.9 (declaration 9)."),
    "error by a pointer that names nothing known": (Fault("CDS1", pointer="ZZZ.QQ.7"), "Error CDS1, ZZZ.QQ.7."),
    "decision by its code": (Decision("X7", ""), "The decision: “X7”."),
    "change": (Change("42A", 1, "Origin", "CN"), "To be corrected, item 1, Origin: “CN”."),
    "question": (Asked("Which?"), "The question: “Which?”."),
    "question about an item": (Asked("Which?", 3), "The question, item 3: “Which?”."),
    "decision": (Decision("A", "hold"), "The decision: “hold”."),
    "place": (Place("Shed 3"), "Where: “Shed 3”."),
    "contact": (Contact("0300"), "Contact: “0300”."),
    "amount": (Amount("", "9.50", "GBP"), "Amount: 9.50 GBP."),
    "amount of an item": (Amount("B00", "9.50", item=2), "Amount: 9.50 (item 2, type B00 value added tax)."),
}


@pytest.mark.parametrize("name", PARTICULARS)
def test_what_somebody_must_act_on_is_told(name: str) -> None:
    particular, clause = PARTICULARS[name]
    assert clause in told_of(Stated(stated("05", NOW, particular)), "A07")


def test_a_decision_that_is_but_a_moment_is_left_to_the_timeline() -> None:
    accepted = Decision("AcceptanceDateTime", "2026-03-02T01:00:00Z")
    assert "2026" not in told_of(Stated(stated("05", NOW, accepted)), "A07")


def test_of_many_errors_the_first_are_told_and_the_others_counted() -> None:
    many = [Fault(f"CDS{number}") for number in range(10)]
    told = told_of(Stated(stated("05", NOW, *many)), "A07")
    assert told.count("Error CDS") == MOST
    assert "7 more, on the timeline." in told


def test_until_when_is_told_by_the_clock_of_the_office_and_when_it_has_passed() -> None:
    due = Stated(stated("T", NOW, Limit(MONDAY + 10 * DAY), system="cn-channel"), until=8 * DAY)
    assert "须在 2026-03-12 09:00 UTC+8 前办理" in told_of(due, "A09", "zh")
    due.pass_time(MONDAY + 10 * DAY)
    assert "期限 2026-03-12 09:00 UTC+8 已过" in told_of(due, "A09", "zh")
    assert "The limit, 2026-03-12 09:00 UTC+8, has passed." in told_of(due, "A09")


def test_the_words_are_of_the_debt_that_is_due_first() -> None:
    other = (Amount("A00", "1.00", "GBP", reference="CDSI2"), Limit(MONDAY + 20 * DAY, "", "CDSI2"))
    told = told_of(Stated(stated("13", NOW, *other, *PAYMENT), until=9 * DAY), "A09")
    assert "117.20 GBP (type A00 customs duty, payment reference CDSI1, account ****2545)" in told
    assert "CDSI2" not in told


def test_what_the_last_receipt_of_an_obligation_says_counts() -> None:
    told = Stated(stated("06", NOW, Asked("Invoice?")), stated("06", HOUR, Asked("Origin?")))
    assert "Origin?" in told_of(told, "A10")
    assert "Invoice?" not in told_of(told, "A10")


def test_what_is_asked_is_said_once_though_it_stands_in_the_text_too() -> None:
    told = told_of(Stated(stated("51", NOW, Asked("Which goods?"), text="Which goods?")), "A10")
    assert told.count("Which goods?") == 1


def test_what_customs_writes_is_not_said_twice_where_its_text_is_made_of_what_is_told() -> None:
    [fault, *asked] = Fault("CDS1"), Decision("", "One"), Decision("", "Two")
    told = told_of(Stated(stated("06", NOW, fault, *asked, text="CDS1; One; Two")), "A10")
    assert [told.count(word) for word in ("CDS1", "One", "Two")] == [1, 1, 1]
    more = told_of(Stated(stated("06", NOW, fault, text="CDS1; Three")), "A10")
    assert "Customs writes: “CDS1; Three”." in more


def test_a_column_that_chinese_customs_names_is_told_in_the_language_asked_for() -> None:
    told = Stated(stated("E", NOW, Fault("", "错误", item=1, name="商品编号"), system="cn-channel"))
    assert ", item 1, commodity code: “错误”" in told_of(told, "A06")
    assert "，第 1 项，商品编号：“错误”" in told_of(told, "A06", "zh")


def test_goods_that_did_not_arrive_are_declared_again_when_they_are_there() -> None:
    told = Told(dms("02", lrn="L"), dms("03", HOUR, errors=("CDS12046",), lrn="L"))
    assert told_of(told, "A06").startswith("The goods did not arrive in time, and the declaration has lapsed.")


def test_a_refused_request_is_never_told_as_a_declaration_to_be_filed_again() -> None:
    refused = Told(dms("01"), dms("03", HOUR, errors=("CDS1",), lrn="OTHER"))
    for text in (told_of(refused, "A28"), told_of(refused, "A28", "zh")):
        assert not re.search("again|anew|重新申报", text)


def test_statuses_are_told_in_words() -> None:
    told = Told(channel("P"), until=DAY)
    assert told_of(told, "A18").startswith(
        "It stands at “goods released”, and this was never seen: received by customs,"
    )
    assert told_of(told, "A18", "zh").startswith("现为“已放行”，但缺少回执：海关已接收、已审结")


def test_an_anomaly_of_an_earlier_version_names_nothing() -> None:
    case = Case(declaration="cn:unified:1", rule="A18", says="", about={}, opened_at=MONDAY, limit=None, lines=())
    assert words(case, TABLES, "en").startswith("It stands at “–”")


def test_a_rule_of_a_newer_tracker_has_no_words() -> None:
    case = Case(declaration="cn:unified:1", rule="A99", says="", about={}, opened_at=MONDAY, limit=None, lines=())
    assert words(case, TABLES, "zh") == ""


def test_an_event_carries_the_lines_that_an_anomaly_rests_on() -> None:
    told = Stated(stated("13", NOW, *PAYMENT, text="pay"), until=7 * DAY)
    every = [event.data for event in told.events if isinstance(event.data, AnomalyOpened)]
    [opened] = [each for each in every if each.anomaly.rule == "A09"]
    [line] = opened.evidence
    assert (line.text, line.particulars) == ("pay", PAYMENT)


def test_ten_anomalies_read_aloud_are_those_of_the_page() -> None:
    """`python -m tests.events.anomalies.read_aloud` writes it anew."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_says_that_all_hours_were_counted_for_want_of_a_calendar() -> None:
    folder = RECORDINGS / "stuck-received-in-a-year-without-a-calendar"
    [told] = tell(folder, organisation="")
    high = told.anomalies[-1]
    assert "the working days of 2031 are not known and all hours were counted" in told.words(high, TABLES, "en").lower()
    assert "2031 年的工作日历未知，按全部时间计算" in told.words(high, TABLES, "zh")
