"""The envelope between nodes, and the acknowledgement that it was delivered."""

import pytest
from tests import messages

from clearance.events.receipts.formats import parse
from clearance.events.values.errors import InvalidMessage
from clearance.settings.tables import default_tables

RECEIPT = messages.dec_result(CUS_CIQ_NO="I20260000000000001", CHANNEL="P")
DECLARATION = messages.declaration({"SeqNo": "Z11000001234567"}, {"OperType": "C"})
CARD = messages.smart_card(failCode="C134")


def envelope(inner: bytes, key: str = "CUS_CIQ_NO") -> bytes:
    """A message in an envelope that names another number of it."""
    return messages.envelope(inner, key=key, number="I20260000000000009", envelope_id="DXPESW01")


def test_it_reads_what_is_inside() -> None:
    assert parse(envelope(RECEIPT), default_tables()) == parse(RECEIPT, default_tables())


def test_it_numbers_a_message_on_its_way_out_by_the_envelope() -> None:
    assert parse(envelope(DECLARATION), default_tables())[0].numbers == (
        "temporary:Z11000001234567",
        "cop-msg:DXPESW01",
    )
    assert "cop-msg:DXPESW01" not in parse(envelope(RECEIPT), default_tables())[0].numbers


def test_it_gives_the_key_to_a_message_that_names_nothing() -> None:
    for key in ("CUS_CIQ_NO", "CusCiqNo", "SEQ_NO", "EntryId"):
        assert parse(envelope(CARD, key), default_tables())[0].numbers == ("unified:I20260000000000009",)


def test_it_leaves_a_message_its_own_numbers() -> None:
    assert parse(envelope(RECEIPT), default_tables())[0].numbers == ("unified:I20260000000000001",)


def test_it_ignores_a_key_that_nobody_knows() -> None:
    assert parse(envelope(CARD, "OTHER"), default_tables())[0].numbers == ()


def test_it_does_not_open_an_envelope_in_an_envelope() -> None:
    with pytest.raises(InvalidMessage):
        parse(envelope(envelope(RECEIPT)), default_tables())


def test_it_refuses_a_british_message_inside() -> None:
    response = messages.response(FunctionCode="01", IssueDateTime="20260301091833Z")
    with pytest.raises(InvalidMessage):
        parse(envelope(response), default_tables())


@pytest.mark.parametrize("data", [b"", b"<Data/>", b"<Data> </Data>", b"<Data>@</Data>", b"<Data>PHgvP</Data>"])
def test_it_refuses_an_envelope_of_nothing(data: bytes) -> None:
    with pytest.raises(InvalidMessage, match=r"Data"):
        parse(b"<DxpMsg>" + data + b"</DxpMsg>", default_tables())


def test_it_reads_an_acknowledgement_by_the_id_of_what_it_acknowledges() -> None:
    data = messages.delivered(ResponseCode="0", NoticeTime="2026-03-01T09:18:33", OriHead={"CopMsgId": "DXPESW01"})
    [one] = parse(data, default_tables())
    assert (one.system, one.code, one.numbers) == ("cn-dxp", "0", ("cop-msg:DXPESW01",))
