"""The declaration itself, and the requests to amend it."""

import pytest

from clearance.events.receipts.formats import parse
from clearance.events.values.errors import InvalidMessage
from clearance.events.values.receipt import Receipt
from clearance.settings.tables import default_tables


def declaration(head: str = "", sign: str = "", more: str = "") -> Receipt:
    """A DecMessage of one import, with these elements in it."""
    [one] = parse(
        f"<DecMessage><DecHead><SeqNo>I20260000000000001</SeqNo>{head}</DecHead>{more}"
        f"<DecSign><OperType>C</OperType>{sign}</DecSign></DecMessage>".encode(),
        default_tables(),
    )
    return one


def amendment(fields: str) -> Receipt:
    """A DecModMessage."""
    [one] = parse(f"<DecModMessage><DecModHead>{fields}</DecModHead></DecModMessage>".encode(), default_tables())
    return one


def test_it_takes_the_operation_as_its_code() -> None:
    assert (declaration().code, declaration().system) == ("C", "cn-declaration")


def test_it_keeps_the_signature_as_it_stands_and_orders_nothing_by_it() -> None:
    one = declaration(sign="<SignDate>20260228T17000000</SignDate>")
    assert (one.occurred_at, one.precision, one.authority_time) == (None, "none", "20260228T17000000")


def test_it_names_bill_contract_and_containers() -> None:
    one = declaration(
        "<BillNo>MAWB-1</BillNo><ContrNo>HT 2026 01</ContrNo>",
        more="<DecContainers><Container><ContainerId>EXMU1234567</ContainerId></Container></DecContainers>",
    )
    assert one.numbers[1:] == ("bill:MAWB-1", "contract:HT 2026 01", "container:EXMU1234567")


def test_it_reads_the_misspelt_fields_of_the_wire() -> None:
    assert declaration("<GrossWet>120.5</GrossWet>").details["gross_weight_kg"] == "120.5"


def test_it_reads_vessel_voyage_and_mode() -> None:
    head = "<TrafMode>2</TrafMode><TrafName>EXAMPLE STAR</TrafName>"
    details = declaration(head, more="<DecFreeTxt><VoyNo>026W</VoyNo></DecFreeTxt>").details
    assert (details["transport_mode"], details["vessel"], details["voyage"]) == ("sea", "EXAMPLE STAR", "026W")


def test_it_believes_the_flag_and_reports_a_number_that_disagrees() -> None:
    details = declaration("<IEFlag>E</IEFlag>").details
    assert details["direction"] == "export"
    assert "contradiction" in details


def test_it_survives_a_flag_that_is_none_between_numbers_that_disagree() -> None:
    details = declaration("<IEFlag>Q</IEFlag><EntryId>223320260000000762</EntryId>").details
    assert details["direction"] == "import"
    assert "contradiction" in details


def test_it_keeps_its_id_when_an_element_without_text_is_added() -> None:
    assert declaration("<Extra><Inner>x</Inner></Extra>").receipt_id == declaration().receipt_id


def test_it_refuses_a_declaration_without_a_head_or_an_operation() -> None:
    with pytest.raises(InvalidMessage, match="holds no DecHead"):
        parse(b"<DecMessage/>", default_tables())
    with pytest.raises(InvalidMessage, match="OperType is missing"):
        parse(b"<DecMessage><DecHead/></DecMessage>", default_tables())


def test_it_reads_what_is_asked_for_and_why() -> None:
    one = amendment(
        "<DecModSeqNo>XG1</DecModSeqNo><DecModType>2</DecModType><EntryId>223320261000000762</EntryId>"
        "<DecModNote>申报错误</DecModNote><OperType>H</OperType>"
    )
    assert (one.system, one.code, one.qualifier, one.text) == ("cn-amendment", "2", "H", "申报错误")
    assert one.numbers == ("entry:223320261000000762", "amendment:XG1")


def test_it_refuses_an_amendment_that_does_not_say_which() -> None:
    with pytest.raises(InvalidMessage, match="DecModType is missing"):
        amendment("<EntryId>223320261000000762</EntryId>")


def test_it_reads_whether_the_request_was_taken_in() -> None:
    [one] = parse(
        b"<DecModSaveResponse><EntryId>223320261000000762</EntryId><ResultMessage>x</ResultMessage>"
        b"<ResultCode>-1</ResultCode></DecModSaveResponse>",
        default_tables(),
    )
    assert (one.system, one.code, one.text) == ("cn-amendment-response", "-1", "x")
    assert one.numbers == ("entry:223320261000000762",)
