"""Sequences that the field disagrees about, each decided here in one line: what came, and where it stands."""

import pytest
from tests.helpers.arrivals import DAY, MINUTE, MONDAY, channel, dms
from tests.helpers.told import Told

from clearance.authorities.uk.kinds import scoped
from clearance.events.log.inputs import Command, FactsInput, Link, Message
from clearance.events.receipts.facts import Statement
from clearance.events.receipts.formats import parse
from clearance.events.step.declaration import Declaration
from clearance.events.step.linking import CHUNK_BYTES
from clearance.events.step.outputs import AnomalyClosed, AnomalyOpened
from clearance.events.step.step import step
from clearance.events.values.receipt import Receipt
from clearance.settings.tables import default_tables

TABLES = default_tables()

CHINESE = {
    "SpL SpJ SpK Sp1": ("returned_for_correction", "A10"),  # the second step of a two-step declaration is returned
    "SpL SpJ SpK 7 L E": ("rejected", "A06"),  # … or rejected
    "SpL SpJ SpK L J P R": ("closed", ""),
    "7 L J P M": ("released", "A10"),  # reviewed again after release: it stays released, and somebody is told
    "7 L J P Z": ("released", "A27"),
    "7 L J M J": ("reviewed", ""),
    "7 L E 7 L J": ("reviewed", ""),
    "7 L J B": ("released", ""),
    "7 L J P R D": ("deleted", "A15"),
    "L J H": ("suspended", "A08"),
}
BRITISH = {
    "01 09 51": ("released", "A10"),
    "01 05 07": ("inspection", "A07"),  # corrections were applied: they end no inspection
    "01 09 16 02 11 10": ("withdrawn", ""),  # 11 is a grant here
    "01 09 02 11 07 10": ("cancelled", "A15"),  # … of an amendment
    "01 09 02 11 07 02 11 10": ("withdrawn", ""),
    "01 02 03": ("reviewed", "A28"),  # the request was rejected, the declaration was not
    "01 09 02 03": ("released", "A28"),
    "01 09 10": ("cancelled", "A15"),
    "01 09 18 10": ("expired", "A15"),
    "03": ("rejected", "A06"),
    "01 03": ("reviewed", "A28"),  # what was accepted is not rejected any more: a request was
    "03 01": ("reviewed", ""),
    "02 01 09 18": ("released", ""),
}


@pytest.mark.parametrize("codes", CHINESE)
def test_decides_chinese_sequences(codes: str) -> None:
    told = Told(*(channel(code, place * MINUTE) for place, code in enumerate(codes.split())))
    check(told, *CHINESE[codes])


@pytest.mark.parametrize("codes", BRITISH)
def test_decides_british_sequences(codes: str) -> None:
    told = Told(
        *(
            dms(
                code,
                place * MINUTE,
                errors=("CDS1",) if code == "03" else (),
                name="39" if code == "11" else "",
                lrn="L1",
            )
            for place, code in enumerate(codes.split())
        )
    )
    check(told, *BRITISH[codes])


def check(told: Told, status: str, rule: str) -> None:
    assert told.view.status == status
    assert [one.rule for one in told.anomalies if one.state == "open" and one.severity != "info"] == [rule] * bool(rule)


def test_each_unknown_code_is_told_again_after_an_acknowledgement() -> None:
    told = Told(channel("%%"), channel("&amp;&amp;", MINUTE))
    [first] = [one for one in told.anomalies if one.rule == "A20"]
    body = {"rule": "A20", "deadline": first.deadline.isoformat()}
    statement = Statement("ack-1", "acknowledge", MONDAY, "", body)
    state = step(told.declarations[told.id], Command(at=MONDAY, position=900, statement=statement), TABLES).declaration
    found = sorted((one.deadline, one.state) for one in state.ledger.anomalies.values() if one.rule == "A20")
    assert [state for _, state in found] == ["acknowledged", "open"]


def test_a_level_that_fired_for_a_later_finding_lets_no_lower_one_open_for_an_earlier() -> None:
    """Two inspections a day apart: level 2 of the earlier falls on level 1 of the later; one is open at a time."""
    told = Told(channel("C", DAY), channel("C", arrives=DAY + MINUTE, note="the first"))
    still_open: set[tuple[str, object]] = set()
    for event in told.events:
        if isinstance(event.data, AnomalyOpened | AnomalyClosed) and event.data.anomaly.rule == "A07":
            key = (event.data.anomaly.rule, event.data.anomaly.deadline)
            (still_open.add if isinstance(event.data, AnomalyOpened) else still_open.discard)(key)
            assert len(still_open) <= 1
    assert sum(rule == "A07" for rule, _ in told.declarations[told.id].ledger.open) == 1


@pytest.mark.parametrize(
    "text", ["9999-12-31T00:00:00Z", "0001-01-01T00:00:00+10:00", "tomorrow", "2026-03-02T00:00:00"]
)
def test_a_command_with_an_absurd_time_is_refused_and_raises_nothing(text: str) -> None:
    told = Told(channel("P"))
    for kind, body in (
        ("transport_plan", {"departure_at": text}),
        ("mute", {"rule": "A13", "until": text}),
        ("acknowledge", {"rule": "A13", "deadline": text}),
    ):
        statement = Statement(f"c-{kind}", kind, MONDAY, "", body)  # type: ignore[arg-type]
        taken = step(told.declarations[told.id], Command(at=MONDAY, position=900, statement=statement), TABLES)
        assert taken.declaration.ledger.results[f"c-{kind}"].outcome == "refused"


def test_facts_are_sent_in_records_below_the_limit_of_their_topic() -> None:
    name = "cn:temporary:Z110000012345"
    state = Declaration(name)
    for place in range(120):
        [receipt] = channel_receipts(place)
        given = Message(at=MONDAY, position=place, receipts=(receipt,), message_id=f"m{place}")
        state = step(state, given, TABLES).declaration
    taken = step(state, Link(at=MONDAY, position=500, primary="cn:unified:E20260000000000001"), TABLES)
    parts = [send.input for send in taken.sends if isinstance(send.input, FactsInput)]
    assert sum(len(part.receipts) for part in parts) == 120
    assert all(len(part.receipts) <= 100 for part in parts)
    assert CHUNK_BYTES < 1 << 20


def channel_receipts(place: int) -> tuple[Receipt, ...]:
    return parse(channel(f"x{place}", place * MINUTE).data, default_tables())


def test_numbers_of_two_senders_never_look_alike() -> None:
    pairs = [("a", "b/c"), ("a/b", "c"), ("A B", "x"), ("A_B", "x"), ("A%20B", "x")]
    assert len({scoped("sender-lrn", sender, value) for sender, value in pairs}) == len(pairs)
