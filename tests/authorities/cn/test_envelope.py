"""The envelope between nodes, and the acknowledgement that it was delivered."""

from base64 import b64encode

import pytest

from clearance.events.receipts.formats import parse
from clearance.events.values.errors import InvalidMessage
from clearance.settings.tables import default_tables

RECEIPT = b"<DEC_RESULT><CUS_CIQ_NO>I20260000000000001</CUS_CIQ_NO><CHANNEL>P</CHANNEL></DEC_RESULT>"
DECLARATION = (
    b"<DecMessage><DecHead><SeqNo>Z11000001234567</SeqNo></DecHead>"
    b"<DecSign><OperType>C</OperType></DecSign></DecMessage>"
)
CARD = b"<Root><failCode>C134</failCode></Root>"


def envelope(inner: bytes, key: str = "CUS_CIQ_NO", value: str = "I20260000000000009") -> bytes:
    """A DxpMsg."""
    return (
        f"<DxpMsg><TransInfo><CopMsgId>DXPESW01</CopMsgId></TransInfo><Data>{b64encode(inner).decode()}</Data>"
        f'<AddInfo><BizKey><Key name="{key}">{value}</Key></BizKey></AddInfo></DxpMsg>'
    ).encode()


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
    response = b"<Response><FunctionCode>01</FunctionCode><IssueDateTime>20260301091833Z</IssueDateTime></Response>"
    with pytest.raises(InvalidMessage):
        parse(envelope(response), default_tables())


@pytest.mark.parametrize("data", [b"", b"<Data/>", b"<Data> </Data>", b"<Data>@</Data>", b"<Data>PHgvP</Data>"])
def test_it_refuses_an_envelope_of_nothing(data: bytes) -> None:
    with pytest.raises(InvalidMessage, match=r"Data"):
        parse(b"<DxpMsg>" + data + b"</DxpMsg>", default_tables())


def test_it_reads_an_acknowledgement_by_the_id_of_what_it_acknowledges() -> None:
    [one] = parse(
        b"<DxpRep><ResponseCode>0</ResponseCode><NoticeTime>2026-03-01T09:18:33</NoticeTime>"
        b"<OriHead><CopMsgId>DXPESW01</CopMsgId></OriHead></DxpRep>",
        default_tables(),
    )
    assert (one.system, one.code, one.numbers) == ("cn-dxp", "0", ("cop-msg:DXPESW01",))
