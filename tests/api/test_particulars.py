"""What stands beside particulars in an answer: the words of codes and pointers, and nothing that no source says."""

from datetime import UTC, datetime

import pytest

from clearance.api.particulars import in_words
from clearance.api.words import Language, Words
from clearance.cli.particulars_shown import below
from clearance.events.values.particulars import Amount, Change, Contact, Decision, Fault, Limit, Particular, Question

FAULT = Fault("CDS12056", pointer="42A.67A.68A.3.02A.1.D006", item=3, name="D006")


def where(pointer: str, field: str = "") -> str:
    said: str = in_words(Change(pointer=pointer, name=field), "uk", Words("en"))["where"]
    return said


@pytest.mark.parametrize(
    ("language", "words", "way"),
    [
        (
            "en",
            "these elements may not be combined",
            "declaration › goods shipment › goods item 3 › additional document 1 › document type",
        ),
        ("zh", "数据项的组合不允许", "申报单 › 货物批次 › 商品项 3 › 附加单证 1 › 单证类型"),
    ],
)
def test_an_error_has_its_words_and_the_way_to_the_field(language: Language, words: str, way: str) -> None:
    said = in_words(FAULT, "uk", Words(language))
    assert (said["words"], said["where"]) == (words, way)
    assert (said["code"], said["pointer"], said["field"]) == (FAULT.code, FAULT.pointer, FAULT.name)


def test_a_number_is_the_field_only_at_the_end() -> None:
    assert where("42A.67A.68A.114") == "declaration › goods shipment › goods item 114"
    assert where("42A.67A.68A.114", "114") == "declaration › goods shipment › goods item › statistical value"


def test_what_no_source_names_is_as_it_stands() -> None:
    assert where("42A.99Z.2.QQQQ", "QQQQ") == "declaration › 99Z 2 › QQQQ"
    assert where("") == ""
    assert where("7") == "7"
    assert in_words(Fault("CDS99999"), "uk", Words("en"))["words"] == ""


def test_codes_are_those_of_their_own_authority() -> None:
    said = in_words(FAULT, "atlantis", Words("en"))
    assert (said["words"], said["where"]) == ("", "42A › 67A › 68A 3 › 02A 1 › D006")


def test_other_particulars_stand_as_on_the_wire() -> None:
    assert in_words(Question("Which?"), "uk", Words("en")) == {"kind": "question", "text": "Which?"}


@pytest.mark.parametrize(
    ("one", "line"),
    [
        (Fault("CDS1", "wrong", item=2), "- CDS1 wrong, item 2"),
        (Fault("CDS12056"), "- CDS12056 these elements may not be combined"),
        (Amount("A00", "20.00", "GBP", 1, reference="R1", account="****2545"), "- A00 20.00 GBP, item 1, R1, ****2545"),
        (Limit(datetime(2026, 3, 1, tzinfo=UTC), "DueDateTime"), "- by 2026-03-01T00:00:00Z, DueDateTime"),
        (Change("42A.146", name="146", value="7"), "- declaration › total packages (42A.146), 7"),
        (Contact("GB000060; TE 1\x1b[2J"), "- GB000060; TE 1\ufffd[2J"),
    ],
)
def test_a_terminal_has_a_line_for_each(one: Particular, line: str) -> None:
    assert below("means", [in_words(one, "uk", Words("en"))], "en") == f"means\n{line}"


def test_what_the_text_says_has_no_line() -> None:
    said = [in_words(each, "uk", Words("zh")) for each in (Question("Which?"), Decision("3", "as asked"))]
    assert below("含义", said, "zh") == "含义"
