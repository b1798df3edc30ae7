"""UK CDS notifications."""

from datetime import UTC, datetime

import pytest
from tests import messages

from clearance.events.receipts.formats import parse
from clearance.events.values.errors import InvalidMessage
from clearance.events.values.receipt import Receipt
from clearance.settings.tables import default_tables

MRN = {"ID": "26GBEXAMPLE00001A0"}
OF_MRN: messages.Fields = {"Declaration": MRN}
ERROR = {"ValidationCode": "CDS12046"}


def fields(code: str = "09", more: messages.Fields = OF_MRN, issued: str = "20260301091833Z") -> messages.Fields:
    """A Response with these fields after its head."""
    time = {"DateTimeString": issued}
    return {"FunctionCode": code, "FunctionalReferenceID": "ref1", "IssueDateTime": time, **more}


def response(code: str = "09", more: messages.Fields = OF_MRN, issued: str = "20260301091833Z") -> bytes:
    """The same as a message of its own."""
    return messages.response(**fields(code, more, issued))


def one(data: bytes, sender: str = "") -> Receipt:
    """The receipt of a message that holds one."""
    [receipt] = parse(data, default_tables(), sender=sender)
    return receipt


def test_it_pads_the_function_code() -> None:
    assert [one(response(code)).code for code in ("9", "09", "11")] == ["09", "09", "11"]


def test_it_reads_utc_and_summer_time() -> None:
    assert one(response(issued="20260701091833Z")).occurred_at == datetime(2026, 7, 1, 9, 18, 33, tzinfo=UTC)
    assert one(response(issued="20260701091833+01")).occurred_at == datetime(2026, 7, 1, 8, 18, 33, tzinfo=UTC)


def test_it_takes_the_id_of_the_notification_for_its_own() -> None:
    assert one(response()).receipt_id == "ref1"


def test_it_names_the_mrn_and_the_reference_of_the_sender() -> None:
    more: messages.Fields = {"Declaration": {"ID": "26GB1", "FunctionalReferenceID": "A 1"}}
    assert one(response(more=more)).numbers == ("mrn:26GB1", "lrn:A 1")
    assert one(response(more=more), "acme").numbers == ("mrn:26GB1", "sender-lrn:acme/A%201")


def test_it_skips_the_second_declaration_of_an_amendment() -> None:
    assert one(response(more={"Declaration": [MRN, {"VersionID": "2"}]})).numbers == ("mrn:26GBEXAMPLE00001A0",)


def test_it_makes_a_receipt_of_each_declaration_that_names_itself() -> None:
    found = parse(response(more={"Declaration": [MRN, {"ID": "26GB2"}]}), default_tables())
    assert [receipt.numbers for receipt in found] == [("mrn:26GBEXAMPLE00001A0",), ("mrn:26GB2",)]


def test_it_reads_all_responses_of_a_message() -> None:
    found = parse(messages.notification(fields("02"), fields("01")), default_tables())
    assert [receipt.code for receipt in found] == ["02", "01"]


def test_it_tells_three_rejections_apart() -> None:
    assert one(response("03")).qualifier == "none"
    assert one(response("03", {"Error": ERROR, **OF_MRN})).qualifier == "CDS12046"
    assert one(response("03", {"Error": [ERROR, {"ValidationCode": "CDS1"}], **OF_MRN})).qualifier == ""
    assert one(response("09", {"Error": ERROR, **OF_MRN})).qualifier == ""


def test_it_qualifies_an_answer_by_its_status() -> None:
    answer: messages.Fields = {"Status": {"NameCode": "39"}, **OF_MRN}
    assert one(response("11", answer)).qualifier == "39"
    assert one(response("09", answer)).qualifier == ""


def statuses(*names: str) -> messages.Fields:
    return {"Status": [{"NameCode": name} for name in names], **OF_MRN}


def test_it_leaves_an_answer_undecided_that_no_status_or_two_decide() -> None:
    assert one(response("11", statuses("40"))).qualifier == ""
    assert one(response("11", statuses("40"))).text == "NameCode 40"
    assert one(response("11", statuses("39", "41"))).qualifier == ""
    assert one(response("11", statuses("40", "41"))).qualifier == "41"
    assert one(response("11")).text == ""


def test_it_reads_several_statuses() -> None:
    assert one(response("09", statuses("4", "67"))).code == "09"


def test_it_reads_a_notification_without_a_time() -> None:
    receipt = one(messages.response(FunctionCode="09", FunctionalReferenceID="ref1", **OF_MRN))
    assert (receipt.occurred_at, receipt.precision, receipt.authority_time) == (None, "none", "")


def test_it_finds_the_time_behind_an_element_that_nobody_knows() -> None:
    data = response().replace(b"<DateTimeString>", b"<Extra><Inner>x</Inner></Extra><DateTimeString>")
    assert one(data).occurred_at == datetime(2026, 3, 1, 9, 18, 33, tzinfo=UTC)


def test_it_reads_a_time_with_a_fraction_only_within_reason() -> None:
    with pytest.raises(InvalidMessage, match="IssueDateTime"):
        parse(response(issued=f"20260301091833.{'0' * 5_000}Z"), default_tables())


def test_it_refuses_a_time_without_a_zone() -> None:
    with pytest.raises(InvalidMessage, match="IssueDateTime '20260301091833' is not a time"):
        parse(response(issued="20260301091833"), default_tables())


def test_it_refuses_what_is_no_notification() -> None:
    with pytest.raises(InvalidMessage, match="holds no Response"):
        parse(b"<MetaData><Declaration/></MetaData>", default_tables())
