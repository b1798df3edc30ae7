"""The technical receipt, and the failure of the smart-card client."""

import pytest
from tests.messages import import_response, smart_card

from clearance.events.receipts.formats import parse
from clearance.events.values.errors import InvalidMessage
from clearance.events.values.receipt import Receipt
from clearance.settings.tables import default_tables


def response(code: str, message: str = "", seq: str = "I20260000000000001") -> Receipt:
    """The receipt of a DecImportResponse."""
    data = import_response(ResponseCode=code, ErrorMessage=message, ClientSeqNo="CN-1", SeqNo=seq)
    [one] = parse(data, default_tables(), sender="acme")
    return one


def test_it_names_both_numbers_and_no_time() -> None:
    one = response("0")
    assert one.numbers == ("unified:I20260000000000001", "sender-client-seq:acme/CN-1")
    assert (one.occurred_at, one.precision, one.system) == (None, "none", "cn-import-response")


def test_it_marks_a_success_with_a_message_as_a_warning() -> None:
    assert response("0", "第1项商品缺少B证").qualifier == "warning"
    assert response("0").qualifier == ""
    assert response("-3", "商品编码不存在").qualifier == ""


@pytest.mark.parametrize(
    "text",
    [
        "暂存成功",
        "导入成功！",
        " 报关单保存成功。",
        "E20260000000000001暂存成功",
        *("导入成功，统一编号：E20260000000000001", "Success", "OK"),
        *("Successful", "Import succeeded", "Message imported successfully.", "E20260000000000001 import successful"),
    ],
)
def test_it_takes_a_phrase_of_success_for_no_warning(text: str) -> None:
    one = response("0", text)
    assert (one.qualifier, one.text) == ("", text.strip())


@pytest.mark.parametrize(
    "text",
    [
        *(
            "暂存成功，但第1项商品缺少B证",
            "未成功",
            "部分成功",
            "成功后请重新申报",
            "成功" * 50,
            "导入成功。第2项商品",
            "?",
        ),
        *("Unsuccessful", "Not a success", "Partial success", "No success", "Import failed, retry succeeded"),
    ],
)
def test_it_keeps_a_warning_that_speaks_of_success(text: str) -> None:
    assert response("0", text).qualifier == "warning"


def test_it_writes_a_code_in_its_shortest_form() -> None:
    assert [response(code).code for code in ("0", "00", "-0", "+0", "-12", "0012")] == ["0", "0", "0", "0", "-12", "12"]


@pytest.mark.parametrize("code", ["", "x", "1.0", "９", "99999999999"])
def test_it_refuses_a_code_that_is_no_whole_number(code: str) -> None:
    with pytest.raises(InvalidMessage, match="not a whole number"):
        response(code)


def test_it_reads_the_failure_of_a_card_reader_which_names_no_declaration() -> None:
    [one] = parse(smart_card(failCode="C134", failInfo="读卡器未连接"), default_tables())
    assert (one.system, one.code, one.text, one.numbers) == ("cn-smart-card", "C134", "读卡器未连接", ())


def test_it_refuses_any_other_root_called_root() -> None:
    with pytest.raises(InvalidMessage, match="without failCode"):
        parse(smart_card(ok="1"), default_tables())
