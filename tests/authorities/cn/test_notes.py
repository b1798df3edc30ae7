"""What is taken out of notes, and what stays text."""

from collections.abc import Iterable

import pytest
from tests.messages import amendment_response, dec_data, dec_result, delivered, import_response, smart_card

from clearance.authorities.cn.note_tables import says, words
from clearance.events.receipts.formats import parse
from clearance.events.receipts.particulars import MOST, bounded
from clearance.events.values.particulars import Amount, Change, Contact, Decision, Fault, Particular, Place, Question
from clearance.events.values.receipt import Receipt
from clearance.settings.tables import default_tables

NUMBER = "E20260000000000001"


def only(data: bytes, system: str = "") -> Receipt:
    [one] = parse(data, default_tables(), sender="acme", system=system)
    return one


def told(code: str, note: str, system: str = "") -> tuple[Particular, ...]:
    """By a receipt of generation B."""
    return only(dec_result(CUS_CIQ_NO=NUMBER, CHANNEL=code, NOTE=note), system).particulars


def imported(code: str, text: str, *asked: dict[str, str]) -> tuple[Particular, ...]:
    return only(import_response(ResponseCode=code, ErrorMessage=text, SeqNo=NUMBER, SupResult=[*asked])).particulars


@pytest.mark.parametrize("code", ["7", "L", "J", "P", "R", "a", "B", "unknown"])
def test_a_note_that_asks_for_nothing_stays_text(code: str) -> None:
    assert told(code, "第1项商品编号错误，应改归8517.6299，联系人：王，关税 1元") == ()


@pytest.mark.parametrize("code", ["4", "8", "9", "E", "SpE", "U", "Y", "Z", "f0"])
def test_a_rejection_is_an_error_in_its_own_words(code: str) -> None:
    assert told(code, "申报要素不完整") == (Fault("", "申报要素不完整"),)
    assert told(code, "") == ()


def test_each_line_of_goods_is_an_error_of_its_own_also_when_it_says_the_same() -> None:
    one, other = "第3项商品编号有误", "第12项商品编号有误"
    assert told("E", f"{one}；{other}") == (
        Fault("", one, item=3, name="商品编号"),
        Fault("", other, item=12, name="商品编号"),
    )


def test_a_text_of_several_lines_at_once_names_no_item() -> None:
    assert told("E", "第1项和第2项商品重复") == (Fault("", "第1项和第2项商品重复"),)


@pytest.mark.parametrize(
    ("note", "change"),
    [
        ("第3项商品编号错误，应改归8517.6299", Change(item=3, name="商品编号", value="8517.6299")),
        ("第2项应归入：8471300000", Change(item=2, name="商品编号", value="8471300000")),
        ("毛重应为120.5", Change(name="毛重", value="120.5")),
        ("第4项的原产国应改为JPN。", Change(item=4, name="原产国", value="JPN")),
    ],
)
def test_a_value_that_is_to_be_declared_is_a_change(note: str, change: Change) -> None:
    assert told("Z", note)[1:] == (change,)


@pytest.mark.parametrize("note", ["收货人应为境内企业", "应改归他处", "第1项应为3", "请说明毛重"])
def test_a_value_without_field_or_form_is_no_change(note: str) -> None:
    [fault] = told("Z", note)
    assert isinstance(fault, Fault)


@pytest.mark.parametrize("code", ["1", "Sp1", "N"])
def test_what_is_to_be_supplemented_is_a_question(code: str) -> None:
    assert told(code, "请补充第5项商品的用途") == (Question("请补充第5项商品的用途", 5),)


def test_an_inspection_tells_where_and_whom_to_ask() -> None:
    note = "请将货物运至八号查验台，联系人：王关员，电话 0000-0000。"
    assert told("C", note) == (Place("八号查验台"), Contact("王关员，电话 0000-0000"))
    assert told("S", "查验地点:三号场地") == (Place("三号场地"),)
    assert told("C", "查验通知") == ()


def test_a_tax_notice_tells_amounts_by_their_tax() -> None:
    assert told("T", "进口关税1,234.56元，增值税：8000元") == (
        Amount("进口关税", "1234.56", "CNY"),
        Amount("增值税", "8000", "CNY"),
    )
    assert told("T", "需交税费，详见税单3号") == ()


def test_the_result_is_a_decision_where_the_note_is_no_error() -> None:
    def result(code: str) -> tuple[Particular, ...]:
        return only(dec_data(SEQ_NO=NUMBER, CHANNEL=code, NOTE="甲", info="乙")).particulars

    assert result("P") == (Decision("P", "乙"),)
    assert result("E") == (Fault("", "甲"), Fault("", "乙"))
    assert result("1") == (Question("甲"), Question("乙"))


def test_an_intermediary_s_own_codes_say_what_its_list_says() -> None:
    assert told("S", "处理失败") == ()
    assert told("S", "处理失败", "cn-vue") == (Fault("", "处理失败"),)
    assert told("Z", "已删除", "cn-qp-web") == ()
    assert told("E", "退单", "cn-epdp") == (Fault("", "退单"),)


def test_an_import_tells_what_is_wrong_and_what_is_to_be_supplemented() -> None:
    asked = {"PreSupId": "202600000000000001", "GNo": "3", "SupType": "A"}
    assert imported("0", "第1项商品缺少B证", asked) == (
        Fault("", "第1项商品缺少B证", item=1),
        Question("价格补充申报单 202600000000000001", 3),
    )
    assert imported("0", "暂存成功") == ()
    assert imported("-3", "第2项商品编号不存在") == (Fault("-3", "第2项商品编号不存在", item=2, name="商品编号"),)


@pytest.mark.parametrize(
    ("asked", "question"),
    [
        ({"SupType": "9", "GNo": "1"}, Question("补充申报单 9", 1)),
        ({"GNo": "12345"}, Question("补充申报单 12345")),
        ({"PreSupId": "7"}, Question("补充申报单 7")),
    ],
)
def test_a_supplement_of_an_unknown_kind_is_shown_as_it_is(asked: dict[str, str], question: Question) -> None:
    assert imported("0", "", asked) == (question,)


def test_other_refusals_carry_their_code() -> None:
    refused = amendment_response(EntryId="290120260000000001", ResultCode="-2", ResultMessage="电子签章无效")
    lost = delivered(ResponseCode="E1", ResponseInfo="接收方不存在", OriHead={"CopMsgId": "DXPESW0000000001"})
    card = smart_card(failCode="C134", failInfo="读卡器未连接")
    assert [only(data).particulars for data in (refused, lost, card)] == [
        (Fault("-2", "电子签章无效"),),
        (Fault("E1", "接收方不存在"),),
        (Fault("C134", "读卡器未连接"),),
    ]


def test_what_went_well_tells_nothing() -> None:
    taken = amendment_response(EntryId="290120260000000001", ResultCode="0", ResultMessage="成功")
    there = delivered(ResponseCode="0", ResponseInfo="报文已交换", OriHead={"CopMsgId": "DXPESW0000000001"})
    assert [only(data).particulars for data in (taken, there)] == [(), ()]


def absurd() -> Iterable[bytes]:
    many = "；".join(f"第{number}项数量有误" for number in range(1, 9999))
    yield dec_result(CUS_CIQ_NO=NUMBER, CHANNEL="E", NOTE=many)
    yield dec_result(CUS_CIQ_NO=NUMBER, CHANNEL="T", NOTE=f"关税{'9' * 31}元" * 200)
    yield dec_result(CUS_CIQ_NO=NUMBER, CHANNEL="1", NOTE="问" * 5000)
    yield import_response(ResponseCode="0", SeqNo=NUMBER, SupResult=[{"GNo": str(number)} for number in range(2000)])
    yield import_response(ResponseCode="0", SeqNo=NUMBER, SupResult=[{"PreSupId": "x" * 5000, "GNo": ["1", "2"]}])


def test_what_is_absurd_is_bounded_and_marked() -> None:
    for data in absurd():
        one = only(data)
        assert one.particulars_cut
        assert 0 < len(one.particulars) <= MOST
        assert bounded(one.particulars) == (one.particulars, False)


def test_a_note_of_line_breaks_is_read_at_once() -> None:
    long, short = told("E", "甲" + "\n" * 500_000 + "乙；第1项")
    assert isinstance(long, Fault)
    assert short == Fault("", "第1项", item=1)


def test_the_tables_are_whole() -> None:
    assert says("cn-channel", "E") == "error"
    assert says("cn-epdp", "C") == "inspection"
    assert [*words("tax")] == sorted(words("tax"), key=len, reverse=True)
