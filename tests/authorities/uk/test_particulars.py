"""Particulars of UK CDS notifications: errors, amounts, limits, questions, decisions, changes, contacts."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from tests import messages

from clearance.events.receipts.formats import parse
from clearance.events.receipts.particulars import MOST
from clearance.events.values.receipt import Receipt
from clearance.settings.tables import default_tables

Fields = Mapping[str, Any]
MRN: Fields = {"ID": "26GBEXAMPLE00001A0"}
HEAD: Fields = {"FunctionalReferenceID": "ref1", "IssueDateTime": {"DateTimeString": "20260301091833Z"}}
GBP = ' currencyID="GBP"'


def receipt(code: str, more: Fields) -> Receipt:
    """The one of a notification with these fields after its head; the declaration names its number if nothing else."""
    data = messages.response(**{"FunctionCode": code, **HEAD, "Declaration": MRN, **more})
    [found] = parse(data, default_tables())
    return found


def said(code: str, more: Fields) -> list[dict[str, Any]]:
    """Its particulars, without what is empty. Nothing of it was left out."""
    found = receipt(code, more)
    assert not found.particulars_cut
    return shown(found)


def shown(found: Receipt) -> list[dict[str, Any]]:
    listed = msgspec.to_builtins(found.particulars)
    return [{name: value for name, value in each.items() if value not in ("", None)} for each in listed]


def to(*steps: tuple[str, str, str]) -> list[Fields]:
    """Pointers: sequence number, section, field."""
    names = "SequenceNumeric", "DocumentSectionCode", "TagID"
    return [{name: text for name, text in zip(names, step, strict=True) if text} for step in steps]


def error(code: str, *steps: tuple[str, str, str], **more: str) -> Fields:
    return {**more, "ValidationCode": code, "Pointer": to(*steps)}


def at(time: str) -> Fields:
    return {"DateTimeString": time}


def payment(amount: str = "10.00", **more: Any) -> Fields:
    return {"DutyTaxFee": {"TypeCode": "A00", "Payment": {f"PaymentAmount{GBP}": amount, **more}}}


def declared(**more: Any) -> Fields:
    return {"Declaration": {**MRN, **more}}


class TestErrors:
    def test_each_stands_for_itself_also_when_codes_repeat(self) -> None:
        goods = ("", "42A", ""), ("", "67A", "")
        errors = [error("CDS12056", *goods, ("4", "68A", ""), ("", "23A", "137")), error("CDS12056"), error("CDS1")]
        assert said("03", {"Error": errors}) == [
            {"kind": "error", "code": "CDS12056", "pointer": "42A.67A.68A.4.23A.137", "item": 4, "field": "137"},
            {"kind": "error", "code": "CDS12056"},
            {"kind": "error", "code": "CDS1"},
        ]

    def test_a_pointer_to_what_nobody_knows_is_shown_as_it_is(self) -> None:
        [found] = said("03", {"Error": error("CDS1", ("9", "99Z", ""), ("many", "68A", "ABCD"))})
        assert found == {"kind": "error", "code": "CDS1", "pointer": "99Z.9.68A.many.ABCD", "field": "ABCD"}

    def test_a_pointer_may_end_at_a_goods_item(self) -> None:
        [found] = said("03", {"Error": error("CDS1", ("", "42A", ""), ("3", "68A", ""))})
        assert (found["pointer"], found["item"], "field" in found) == ("42A.68A.3", 3, False)

    def test_a_statement_about_an_error_is_its_text(self) -> None:
        about = {"StatementCode": "smartErrorMsg", "StatementDescription": "too cheap", "Pointer": to(("2", "53A", ""))}
        errors = [error("CDS1", Description="own words"), error("CDS13000")]
        found = said("03", {"AdditionalInformation": about, "Error": errors})
        assert [each["text"] for each in found] == ["own words", "too cheap"]

    def test_the_words_of_the_error_itself_come_first(self) -> None:
        about = {"StatementDescription": "other words", "Pointer": to(("1", "53A", ""))}
        [found] = said("03", {"AdditionalInformation": about, "Error": error("CDS1", Description="own words")})
        assert found["text"] == "own words"

    def test_thousands_are_bounded_and_marked(self) -> None:
        found = receipt("03", {"Error": [{"ValidationCode": f"C{number}"} for number in range(4_000)]})
        assert len(found.particulars) == MOST
        assert found.particulars_cut


class TestAmounts:
    def test_a_payment_instruction_names_reference_and_the_end_of_the_account(self) -> None:
        bank = {"ReferenceID": "BARCGB22", "ID": "GB16BARC20051723372545"}
        paid = payment("117.20", ReferenceID="CDSI1", DueDateTime=at("20260320000000Z"))
        assert said("13", {"Bank": bank, **declared(**paid)}) == [
            {
                "kind": "amount",
                "type": "A00",
                "value": "117.20",
                "currency": "GBP",
                "reference": "CDSI1",
                "account": "****2545",
            },
            {"kind": "limit", "at": "2026-03-20T00:00:00Z", "for": "DueDateTime", "reference": "CDSI1"},
        ]

    def test_a_guarantee_is_the_account_of_what_is_reserved_on_it(self) -> None:
        [found] = said("13", declared(**payment(ObligationGuarantee={"ReferenceID": "DAN1234567"})))
        assert found["account"] == "****4567"

    def test_an_assessed_amount_has_no_account_to_pay_into(self) -> None:
        [found] = said("13", {"Bank": {"ID": "GB16BARC20051723372545"}, **declared(**payment())})
        assert "account" not in found

    def test_tax_lines_name_their_goods_items(self) -> None:
        lines = [
            {"SequenceNumeric": number, "Commodity": {"DutyTaxFee": {"TypeCode": code, "Payment": paid}}}
            for number, code, paid in (
                ("2", "B00", {f"TaxAssessedAmount{GBP}": "1.00", f"PaymentAmount{GBP}": "0.50"}),
                ("7", "CSD", {f"TaxAssessedAmount{GBP}": "74.92"}),
                ("x", "A00", {f"PaymentAmount{GBP}": "0.00"}),
            )
        ]
        found = said("13", declared(GoodsShipment={"GovernmentAgencyGoodsItem": lines}))
        told = [(each["type"], each["value"], each.get("item")) for each in found]
        assert told == [("B00", "0.50", 2), ("CSD", "74.92", 7), ("A00", "0.00", None)]

    def test_separate_debts_stay_apart_each_with_its_limit(self) -> None:
        fees = [
            {"Payment": {"ReferenceID": name, "DueDateTime": at(due), f"PaymentAmount{GBP}": "5"}}
            for name, due in (("R1", "20260401000000Z"), ("R2", "20260501000000Z"))
        ]
        found = said("13", declared(DutyTaxFee=fees))
        told = [(each["reference"], each.get("at", each["kind"])) for each in found]
        assert told == [
            ("R1", "amount"),
            ("R1", "2026-04-01T00:00:00Z"),
            ("R2", "amount"),
            ("R2", "2026-05-01T00:00:00Z"),
        ]

    @pytest.mark.parametrize("value", ["", "ten", "1,200.00", "1e5", "NaN", "１０", "--1", "1.2.3", "9" * 5_000 + "x"])
    def test_what_is_no_number_is_left_out_and_marked(self, value: str) -> None:
        found = receipt("13", declared(**payment(value)))
        assert (found.particulars, found.particulars_cut) == ((), True)

    @pytest.mark.parametrize("value", ["0", "-12.50", "+3", ".5", "7.", "1234567890123.456"])
    def test_a_decimal_stays_as_it_is_written(self, value: str) -> None:
        [found] = said("13", declared(**payment(value)))
        assert found["value"] == value

    def test_forty_digits_are_shown_and_marked(self) -> None:
        found = receipt("13", declared(**payment("9" * 40)))
        assert [each["value"] for each in shown(found)] == ["9" * 40]
        assert found.particulars_cut

    def test_a_payment_without_an_amount_has_its_limit(self) -> None:
        fee = {"Payment": {"ReferenceID": "R1", "DueDateTime": at("20260401000000+01")}}
        assert said("15", declared(DutyTaxFee=fee)) == [
            {"kind": "limit", "at": "2026-03-31T23:00:00Z", "for": "DueDateTime", "reference": "R1"}
        ]


class TestStatements:
    def test_a_question_is_whole(self) -> None:
        asked = [{"StatementCode": "Q01", "StatementDescription": text} for text in ("x" * 512, "Which origin?")]
        found = said("51", {"AdditionalInformation": asked})
        assert found == [{"kind": "question", "text": "x" * 512}, {"kind": "question", "text": "Which origin?"}]

    def test_what_is_resolved_is_no_question(self) -> None:
        found = said("51", {"AdditionalInformation": {"StatementDescription": "CERTEX Check resolved"}})
        assert found == [{"kind": "decision", "text": "CERTEX Check resolved"}]

    def test_the_same_words_of_another_code_are_a_decision(self) -> None:
        found = said("10", {"AdditionalInformation": {"StatementCode": "3", "StatementDescription": "as asked"}})
        assert found == [{"kind": "decision", "code": "3", "text": "as asked"}]

    def test_a_type_alone_says_nothing(self) -> None:
        assert said("11", {"AdditionalInformation": {"StatementTypeCode": "AFB"}}) == []

    def test_a_limit_stands_behind_what_it_belongs_to(self) -> None:
        asked = {"StatementCode": "ACA", "StatementDescription": "", "LimitDateTime": at("20260601120000Z")}
        assert said("06", {"AdditionalInformation": asked}) == [
            {"kind": "decision", "code": "ACA"},
            {"kind": "limit", "at": "2026-06-01T12:00:00Z", "for": "LimitDateTime"},
        ]

    def test_a_limit_in_2200_is_shown_and_marked(self) -> None:
        found = receipt("18", {"AdditionalInformation": {"LimitDateTime": at("22000101000000Z")}})
        assert shown(found) == [{"kind": "limit", "at": "2200-01-01T00:00:00Z", "for": "LimitDateTime"}]
        assert found.particulars_cut

    @pytest.mark.parametrize("time", ["by Friday", "20260601", "20261301000000Z", "00010101000000+14", ""])
    def test_an_unreadable_limit_is_shown_as_it_is_and_is_none(self, time: str) -> None:
        found = receipt("18", {"AdditionalInformation": {"LimitDateTime": at(time)}})
        assert [each["kind"] for each in shown(found)] == ["decision"]
        assert shown(found)[0].get("text", "") == time
        assert found.particulars_cut


class TestDecisions:
    def test_the_acceptance_is_the_legal_moment(self) -> None:
        found = said("01", declared(AcceptanceDateTime=at("20260701091830+01")))
        assert found == [{"kind": "decision", "code": "AcceptanceDateTime", "text": "2026-07-01T08:18:30Z"}]

    def test_a_status_takes_effect_and_goods_are_released(self) -> None:
        status = {
            "EffectiveDateTime": at("20260116000000Z"),
            "NameCode": "A1",
            "ReleaseDateTime": at("20260117000000Z"),
        }
        assert [(each["code"], each["text"]) for each in said("16", {"Status": status})] == [
            ("EffectiveDateTime", "2026-01-16T00:00:00Z"),
            ("ReleaseDateTime", "2026-01-17T00:00:00Z"),
        ]

    def test_a_cancellation_and_a_rejection_have_their_moment(self) -> None:
        for code, field in (("10", "CancellationDateTime"), ("03", "RejectionDateTime")):
            assert [each["code"] for each in said(code, declared(**{field: at("20260116000000Z")}))] == [field]

    def test_an_unreadable_moment_is_shown_as_it_is_and_marked(self) -> None:
        found = receipt("01", declared(AcceptanceDateTime=at("yesterday")))
        assert [each["text"] for each in shown(found)] == ["yesterday"]
        assert found.particulars_cut


class TestOther:
    def test_corrections_name_what_was_corrected(self) -> None:
        changed = {"ChangeReasonCode": "16", "Pointer": to(("", "42A", ""), ("2", "68A", ""), ("", "", "114"))}
        found = said("07", {"Amendment": [changed, {"Pointer": to(("", "42A", "146"))}]})
        assert found == [
            {"kind": "change", "pointer": "42A.68A.2.114", "item": 2, "field": "114"},
            {"kind": "change", "pointer": "42A.146", "field": "146"},
        ]

    def test_an_office_is_whom_to_ask(self) -> None:
        office = {"ID": "GB000060", "Communication": [{"ID": "0300 200 3700", "TypeCode": "TE"}, {"ID": "a@b.example"}]}
        assert said("05", {"ContactOffice": office}) == [
            {"kind": "contact", "text": "GB000060; TE 0300 200 3700; a@b.example"}
        ]

    def test_a_notification_without_particulars_has_none(self) -> None:
        assert said("09", {}) == []

    def test_namespaces_change_nothing(self) -> None:
        plain = messages.response(FunctionCode="03", **HEAD, Error=error("C1", ("2", "68A", "137")), Declaration=MRN)
        spaced = plain.replace(b"<Response>", b'<Response xmlns="urn:wco:datamodel:WCO:RES-DMS:2">')
        found, other = (parse(data, default_tables())[0].particulars for data in (plain, spaced))
        assert found == other != ()

    def test_each_declaration_has_its_own_amounts_and_all_errors(self) -> None:
        data = messages.response(
            FunctionCode="13",
            **HEAD,
            Error=error("C1"),
            Declaration=[{**MRN, **payment("1")}, {"ID": "26GB2", **payment("2")}],
        )
        found = [shown(each) for each in parse(data, default_tables())]
        assert [[each.get("value", each["kind"]) for each in listed] for listed in found] == [
            ["error", "1"],
            ["error", "2"],
        ]

    def test_the_limit_is_aware_utc(self) -> None:
        found = receipt("18", {"AdditionalInformation": {"LimitDateTime": at("20260801000000Z")}})
        assert found.particulars[0].at == datetime(2026, 8, 1, tzinfo=UTC)  # type: ignore[union-attr]

    def test_ten_thousand_errors_are_read_bounded_and_marked(self) -> None:
        found = receipt("03", {"Error": [{"ValidationCode": f"CDS{number:05}"} for number in range(10_000)]})
        assert [each.code for each in found.particulars] == [f"CDS{number:05}" for number in range(MOST)]  # type: ignore[union-attr]
        assert found.particulars_cut
        assert found.text_cut
