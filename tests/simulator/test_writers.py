"""Writers and codecs agree: what is written is read back as it was meant."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from clearance.authorities.cn.flat import read_flat
from clearance.events.receipts.formats import parse
from clearance.events.values.receipt import Receipt
from clearance.settings.tables import default_tables
from clearance.simulator.cargo import drawn_cargo
from clearance.simulator.chance import chance
from clearance.simulator.figures import default_figures
from clearance.simulator.identities import FilingNumbers, Numbers
from clearance.simulator.life import Consignment
from clearance.simulator.odds import Odds
from clearance.simulator.words import words
from clearance.simulator.writers import (
    cn_amendment,
    cn_declaration,
    cn_envelope,
    cn_import,
    cn_receipt,
    uk_notification,
)

ODDS = Odds(default_figures())
SENDER = "demo-broker"

texts = st.text(st.sampled_from("报关单已放行！退单：，。 <&>\"'ABCabc019-/"), max_size=60).map(
    lambda text: text.strip()
)
times = st.integers(0, 500_000_000).map(lambda second: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=second))
channels = st.sampled_from(sorted({word.code for word in words().values() if word.form == "receipt"}))
codes = st.integers(-9999, 9999).map(str)


@st.composite
def consignments(draw: st.DrawFn) -> tuple[Consignment, FilingNumbers]:
    seed = draw(st.integers(0, 999))
    cargo = drawn_cargo(1, "cn", ODDS, chance("test", draw(st.integers(0, 500))))
    assert isinstance(cargo, Consignment)
    return cargo, Numbers(seed).new(cargo.office.code, cargo.direction, datetime(2026, 3, 2, tzinfo=UTC), 1)


def one(data: bytes) -> Receipt:
    [receipt] = parse(data, default_tables(), sender=SENDER)
    return receipt


def written(cargo: Consignment, said: cn_receipt.Said, older: bool) -> bytes:
    if older:
        return cn_receipt.generation_a(cn_receipt.fields_a(cargo, said))
    return cn_receipt.generation_b(cn_receipt.fields_b(cargo, said))


@given(consignments(), st.none() | times, channels, texts, st.booleans(), st.booleans())
def test_business_receipts_are_read_back_as_written(
    whose: tuple[Consignment, FilingNumbers], at: datetime | None, channel: str, note: str, older: bool, entered: bool
) -> None:
    cargo, own = whose
    said = cn_receipt.Said(
        number=own.unified,
        entry=own.entry if entered else "",
        at=at,
        channel=channel,
        note=note,
        declared_on=at or datetime(2026, 3, 2, tzinfo=UTC),
    )
    data = written(cargo, said, older)
    receipt = one(data)
    assert (receipt.format, receipt.code, receipt.text) == ("DEC_DATA" if older else "DEC_RESULT", channel, note)
    assert receipt.occurred_at == at
    assert receipt.numbers == (f"unified:{own.unified}", *([f"entry:{own.entry}"] if entered else []))
    assert (receipt.details["office"], receipt.details["direction"]) == (cargo.office.code, cargo.direction)
    assert "contradiction" not in receipt.details
    if older:
        assert (receipt.details["transport_mode"], receipt.details["agent_name"]) == (cargo.mode, cargo.broker.name)


@given(consignments(), texts.filter(lambda text: not set(text) & set("<&>")))
def test_plain_business_receipts_are_read_without_a_tree(whose: tuple[Consignment, FilingNumbers], note: str) -> None:
    cargo, own = whose
    at = datetime(2026, 3, 2, tzinfo=UTC)
    said = cn_receipt.Said(number=own.unified, entry=own.entry, at=at, channel="P", note=note, declared_on=at)
    for older in (False, True):
        assert read_flat(written(cargo, said, older)) is not None


def test_the_first_receipt_of_the_data_centre_gives_back_the_temporary_number() -> None:
    cargo = drawn_cargo(1, "cn", ODDS, chance("any"))
    assert isinstance(cargo, Consignment)
    at = datetime(2026, 3, 2, tzinfo=UTC)
    own = Numbers(1).new(cargo.office.code, cargo.direction, at, 1)
    note = f"{own.temporary}直接申报成功"
    said = cn_receipt.Said(number=own.unified, entry="", at=None, channel="7", note=note, declared_on=at)
    assert one(written(cargo, said, older=True)).numbers == (f"unified:{own.unified}", f"temporary:{own.temporary}")


@given(consignments(), times, st.sampled_from("GC"), st.booleans())
def test_declarations_are_read_back_alone_and_out_of_envelopes(
    whose: tuple[Consignment, FilingNumbers], at: datetime, operation: str, numbered: bool
) -> None:
    cargo, own = whose
    seq_no = own.unified if numbered else ""
    data = cn_declaration.declaration(cargo, own, seq_no=seq_no, operation=operation, signed_at=at)
    receipt = one(data)
    expected = [f"unified:{own.unified}"] * numbered
    expected += [f"sender-client-seq:{SENDER}/{own.client}", f"bill:{own.bill}", f"contract:{own.contract}"]
    expected += [f"container:{own.container}"] if cargo.mode == "sea" else []
    assert (receipt.code, receipt.numbers) == (operation, tuple(expected))
    assert receipt.details["trade_scc"] == cargo.trader.scc
    assert (receipt.details["direction"], receipt.details["transport_mode"]) == (cargo.direction, cargo.mode)
    message = f"{own.post_box}2026030209000000000001"
    wrapped = cn_envelope.envelope(
        data, message=message, sender=own.post_box, receiver="DXPEDC", kind="DECCUSSH1", created_at=at, keys={}
    )
    assert one(wrapped).numbers == (*expected, f"cop-msg:{message}")


@given(times, codes, texts)
def test_deliveries_of_envelopes_are_read_back_as_written(at: datetime, code: str, text: str) -> None:
    data = cn_envelope.exchanged(code=code, text=text, message="DXPENT01", sender="DXPENT", kind="DECCUSSH1", at=at)
    receipt = one(data)
    assert (receipt.code, receipt.text, receipt.occurred_at) == (code, text, at)
    assert receipt.numbers == ("cop-msg:DXPENT01",)


@given(consignments(), codes, texts, st.booleans())
def test_technical_receipts_are_read_back_as_written(
    whose: tuple[Consignment, FilingNumbers], code: str, text: str, numbered: bool
) -> None:
    _, own = whose
    data = cn_import.import_response(code=code, text=text, client=own.client, seq_no=own.unified if numbered else "")
    receipt = one(data)
    assert (receipt.code, receipt.text) == (code, text)
    expected = [f"unified:{own.unified}"] * numbered + [f"sender-client-seq:{SENDER}/{own.client}"]
    assert receipt.numbers == tuple(expected)


@given(texts)
def test_smart_card_failures_are_read_back_as_written(text: str) -> None:
    receipt = one(cn_import.smart_card_failure(code="C134", text=text))
    assert (receipt.format, receipt.code, receipt.text) == ("SmartCardFailure", "C134", text)


@given(consignments(), st.sampled_from("12"), codes, texts)
def test_amendments_and_their_responses_are_read_back_as_written(
    whose: tuple[Consignment, FilingNumbers], kind: str, code: str, text: str
) -> None:
    cargo, own = whose
    asked = one(cn_amendment.amendment(cargo, own, kind=kind, note=text))
    assert (asked.code, asked.qualifier, asked.text) == (kind, "C", text)
    assert asked.numbers == (f"unified:{own.unified}", f"entry:{own.entry}")
    answered = one(cn_amendment.amendment_response(entry=own.entry, code=code, text=text))
    assert (answered.code, answered.text, answered.numbers) == (code, text, (f"entry:{own.entry}",))


@given(
    times,
    st.sampled_from(["01", "02", "03", "05", "06", "07", "08", "09", "10", "11", "13", "16", "18", "52"]),
    st.sampled_from(["", "Documents are required", "a < b & c"]),
    st.sampled_from(["", "39", "41"]),
    st.sampled_from(["", "CDS12046", "CDS12056"]),
    st.booleans(),
)
def test_notifications_are_read_back_as_written(
    at: datetime, code: str, text: str, name: str, error: str, namespaced: bool
) -> None:
    data = uk_notification.notification(
        code=code,
        reference="ref",
        at=at,
        mrn="26GBSY1",
        lrn="SIM-1",
        text=text,
        name=name,
        error=error,
        namespaced=namespaced,
    )
    receipt = one(data)
    assert (receipt.code, receipt.receipt_id, receipt.occurred_at) == (code, "ref", at)
    assert receipt.numbers == ("mrn:26GBSY1", f"sender-lrn:{SENDER}/SIM-1")
    assert receipt.text == "; ".join(filter(None, (error, text)))
    refused = {"": "none", "CDS12046": "CDS12046"}.get(error, "")
    assert receipt.qualifier == {"11": name, "03": refused}.get(code, "")


def test_a_namespaced_notification_states_british_summer_time() -> None:
    at = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)
    data = uk_notification.notification(code="09", reference="ref", at=at, mrn="26GBSY1", lrn="SIM-1", namespaced=True)
    assert b"20260701100000+01" in data
    assert b"FunctionCode>9<" in data
