"""The declaration itself, and the requests to amend it."""

from types import MappingProxyType

import pytest
from tests import messages

from clearance.events.receipts.formats import parse
from clearance.events.values.errors import InvalidMessage
from clearance.events.values.receipt import Receipt
from clearance.settings.tables import default_tables

EMPTY: messages.Fields = MappingProxyType({})


def declaration(head: messages.Fields = EMPTY, sign: messages.Fields = EMPTY, **between: messages.Field) -> Receipt:
    """The receipt of a declaration of one import, with these fields in it."""
    data = messages.declaration({"SeqNo": "I20260000000000001", **head}, {"OperType": "C", **sign}, **between)
    [one] = parse(data, default_tables())
    return one


def amendment(**head: str) -> Receipt:
    """The receipt of a request to amend."""
    [one] = parse(messages.amendment(head), default_tables())
    return one


def test_it_takes_the_operation_as_its_code() -> None:
    assert (declaration().code, declaration().system) == ("C", "cn-declaration")


def test_it_keeps_the_signature_as_it_stands_and_orders_nothing_by_it() -> None:
    one = declaration(sign={"SignDate": "20260228T17000000"})
    assert (one.occurred_at, one.precision, one.authority_time) == (None, "none", "20260228T17000000")


def test_it_names_bill_contract_and_containers() -> None:
    one = declaration(
        {"BillNo": "MAWB-1", "ContrNo": "HT 2026 01"},
        DecContainers={"Container": {"ContainerId": "EXMU1234567"}},
    )
    assert one.numbers[1:] == ("bill:MAWB-1", "contract:HT 2026 01", "container:EXMU1234567")


def test_it_reads_the_misspelt_fields_of_the_wire() -> None:
    assert declaration({"GrossWet": "120.5"}).details["gross_weight_kg"] == "120.5"


def test_it_reads_vessel_voyage_and_mode() -> None:
    details = declaration({"TrafMode": "2", "TrafName": "EXAMPLE STAR"}, DecFreeTxt={"VoyNo": "026W"}).details
    assert (details["transport_mode"], details["vessel"], details["voyage"]) == ("sea", "EXAMPLE STAR", "026W")


def test_it_believes_the_flag_and_reports_a_number_that_disagrees() -> None:
    details = declaration({"IEFlag": "E"}).details
    assert details["direction"] == "export"
    assert "contradiction" in details


def test_it_survives_a_flag_that_is_none_between_numbers_that_disagree() -> None:
    details = declaration({"IEFlag": "Q", "EntryId": "223320260000000762"}).details
    assert details["direction"] == "import"
    assert "contradiction" in details


@pytest.mark.parametrize(
    ("head", "flags"),
    [
        ({"DeclTrnRel": "1"}, {"filed_in_advance"}),
        ({"NoteS": "转关提前报关 备注一", "DeclTrnRel": "0"}, {"filed_in_advance"}),
        ({"NoteS": "非提前申报"}, set()),
        ({"Type": "ZC3001"}, {"two_step"}),
        ({"Type": "  5"}, {"two_step"}),
        ({"Type": "H16"}, {"two_step"}),
        ({"Type": "H1"}, set()),
        ({"Type": "ZC0"}, set()),
        ({"Type": "   ", "ChkSurety": "0"}, set()),
        ({"ChkSurety": "1"}, {"surety"}),
    ],
)
def test_it_tells_how_it_was_filed(head: messages.Fields, flags: set[str]) -> None:
    details = declaration(head).details
    assert {name for name in ("filed_in_advance", "two_step", "surety") if details.get(name)} == flags


def test_it_keeps_its_id_when_an_element_without_text_is_added() -> None:
    assert declaration({"Extra": {"Inner": "x"}}).receipt_id == declaration().receipt_id


def test_it_refuses_a_declaration_without_a_head_or_an_operation() -> None:
    with pytest.raises(InvalidMessage, match="holds no DecHead"):
        parse(b"<DecMessage/>", default_tables())
    with pytest.raises(InvalidMessage, match="OperType is missing"):
        parse(b"<DecMessage><DecHead/></DecMessage>", default_tables())


def test_it_reads_what_is_asked_for_and_why() -> None:
    one = amendment(
        DecModSeqNo="XG1", DecModType="2", EntryId="223320261000000762", DecModNote="申报错误", OperType="H"
    )
    assert (one.system, one.code, one.qualifier, one.text) == ("cn-amendment", "2", "H", "申报错误")
    assert one.numbers == ("entry:223320261000000762", "amendment:XG1")


def test_it_refuses_an_amendment_that_does_not_say_which() -> None:
    with pytest.raises(InvalidMessage, match="DecModType is missing"):
        amendment(EntryId="223320261000000762")


def test_it_reads_whether_the_request_was_taken_in() -> None:
    data = messages.amendment_response(EntryId="223320261000000762", ResultMessage="x", ResultCode="-1")
    [one] = parse(data, default_tables())
    assert (one.system, one.code, one.text) == ("cn-amendment-response", "-1", "x")
    assert one.numbers == ("entry:223320261000000762",)
