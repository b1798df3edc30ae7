"""UK CDS notifications."""

from datetime import UTC, datetime

import pytest

from clearance.events.receipts.formats import parse
from clearance.events.values.errors import InvalidMessage
from clearance.events.values.receipt import Receipt
from clearance.settings.tables import default_tables

MRN = "<Declaration><ID>26GBEXAMPLE00001A0</ID></Declaration>"


def response(code: str = "09", more: str = MRN, issued: str = "20260301091833Z") -> str:
    """A Response with these elements after its head."""
    return (
        f"<Response><FunctionCode>{code}</FunctionCode><FunctionalReferenceID>ref1</FunctionalReferenceID>"
        f"<IssueDateTime><DateTimeString>{issued}</DateTimeString></IssueDateTime>{more}</Response>"
    )


def one(text: str, sender: str = "") -> Receipt:
    """The receipt of a message that holds one."""
    [only] = parse(text.encode(), default_tables(), sender=sender)
    return only


def test_it_pads_the_function_code() -> None:
    assert [one(response(code)).code for code in ("9", "09", "11")] == ["09", "09", "11"]


def test_it_reads_utc_and_summer_time() -> None:
    assert one(response(issued="20260701091833Z")).occurred_at == datetime(2026, 7, 1, 9, 18, 33, tzinfo=UTC)
    assert one(response(issued="20260701091833+01")).occurred_at == datetime(2026, 7, 1, 8, 18, 33, tzinfo=UTC)


def test_it_takes_the_id_of_the_notification_for_its_own() -> None:
    assert one(response()).receipt_id == "ref1"


def test_it_names_the_mrn_and_the_reference_of_the_sender() -> None:
    more = "<Declaration><ID>26GB1</ID><FunctionalReferenceID>A 1</FunctionalReferenceID></Declaration>"
    assert one(response(more=more)).numbers == ("mrn:26GB1", "lrn:A 1")
    assert one(response(more=more), "acme").numbers == ("mrn:26GB1", "sender-lrn:acme/A%201")


def test_it_skips_the_second_declaration_of_an_amendment() -> None:
    assert one(response(more=MRN + "<Declaration><VersionID>2</VersionID></Declaration>")).numbers == (
        "mrn:26GBEXAMPLE00001A0",
    )


def test_it_makes_a_receipt_of_each_declaration_that_names_itself() -> None:
    found = parse(response(more=MRN + "<Declaration><ID>26GB2</ID></Declaration>").encode(), default_tables())
    assert [receipt.numbers for receipt in found] == [("mrn:26GBEXAMPLE00001A0",), ("mrn:26GB2",)]


def test_it_reads_all_responses_of_a_message() -> None:
    found = parse(f"<MetaData>{response('02')}{response('01')}</MetaData>".encode(), default_tables())
    assert [receipt.code for receipt in found] == ["02", "01"]


def test_it_tells_three_rejections_apart() -> None:
    def error(code: str) -> str:
        return f"<Error><ValidationCode>{code}</ValidationCode></Error>"

    assert one(response("03")).qualifier == "none"
    assert one(response("03", error("CDS12046") + MRN)).qualifier == "CDS12046"
    assert one(response("03", error("CDS12046") + error("CDS1") + MRN)).qualifier == ""
    assert one(response("09", error("CDS12046") + MRN)).qualifier == ""


def test_it_qualifies_an_answer_by_its_status() -> None:
    status = "<Status><NameCode>39</NameCode></Status>"
    assert one(response("11", status + MRN)).qualifier == "39"
    assert one(response("09", status + MRN)).qualifier == ""


def test_it_finds_the_time_behind_an_element_that_nobody_knows() -> None:
    text = response().replace("<DateTimeString>", "<Extra><Inner>x</Inner></Extra><DateTimeString>")
    assert one(text).occurred_at == datetime(2026, 3, 1, 9, 18, 33, tzinfo=UTC)


def test_it_reads_a_time_with_a_fraction_only_within_reason() -> None:
    with pytest.raises(InvalidMessage, match="IssueDateTime"):
        parse(response(issued=f"20260301091833.{'0' * 5_000}Z").encode(), default_tables())


def test_it_refuses_a_time_without_a_zone() -> None:
    with pytest.raises(InvalidMessage, match="IssueDateTime '20260301091833' is not a time"):
        parse(response(issued="20260301091833").encode(), default_tables())


def test_it_refuses_what_is_no_notification() -> None:
    with pytest.raises(InvalidMessage, match="holds no Response"):
        parse(b"<MetaData><Declaration/></MetaData>", default_tables())
