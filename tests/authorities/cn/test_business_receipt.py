"""The business receipt, in both generations."""

from datetime import UTC, datetime

import pytest
from tests.messages import dec_data, dec_result

from clearance.events.receipts.formats import parse
from clearance.events.values.errors import InvalidMessage
from clearance.events.values.receipt import Receipt
from clearance.settings.tables import default_tables


def receipt(**fields: str) -> Receipt:
    """Generation B with these fields."""
    data = dec_result(**{"CUS_CIQ_NO": "I20260000000000001", "CHANNEL": "P"} | fields)
    [one] = parse(data, default_tables())
    return one


def generation_a(*, info: str = "", **fields: str) -> Receipt:
    """Generation A with these fields."""
    data = dec_data(**{"SEQ_NO": "I20260000000000001", "CHANNEL": "P"} | fields, info=info)
    [one] = parse(data, default_tables())
    return one


def test_it_reads_a_time_without_a_zone_as_beijing() -> None:
    one = receipt(NOTICE_DATE="2026-03-01T09:18:33")
    assert one.occurred_at == datetime(2026, 3, 1, 1, 18, 33, tzinfo=UTC)
    assert (one.authority_time, one.precision) == ("2026-03-01T09:18:33", "second")


def test_it_keeps_the_hundredths_of_a_compact_time() -> None:
    one = receipt(NOTICE_DATE="20260301T09183350")
    assert one.occurred_at == datetime(2026, 3, 1, 1, 18, 33, 500_000, tzinfo=UTC)
    assert one.precision == "centisecond"


def test_it_reads_a_day_as_its_first_moment() -> None:
    one = receipt(NOTICE_DATE="20260301")
    assert (one.occurred_at, one.precision) == (datetime(2026, 2, 28, 16, tzinfo=UTC), "day")


def test_it_states_no_time_where_the_data_centre_gives_none() -> None:
    one = receipt(NOTICE_DATE="", CHANNEL="7")
    assert (one.occurred_at, one.precision) == (None, "none")


def test_it_knows_a_number_by_its_shape_and_not_by_its_field() -> None:
    assert receipt(ENTRY_ID="I20260000000000001").numbers == ("unified:I20260000000000001",)
    assert receipt(CUS_CIQ_NO="Z11000001234567").numbers == ("temporary:Z11000001234567",)


def test_it_takes_an_entry_number_of_blanks_or_zeros_for_none() -> None:
    for empty in ("", " " * 18, "0" * 18):
        assert receipt(ENTRY_ID=empty).numbers == ("unified:I20260000000000001",)


def test_it_finds_the_temporary_number_in_the_note_of_the_data_centre() -> None:
    assert "temporary:Z110000012345" in receipt(CHANNEL="7", NOTE="Z110000012345直接申报成功").numbers
    assert "temporary:Z110000012345" not in receipt(CHANNEL="P", NOTE="Z110000012345直接申报成功").numbers


def test_it_names_a_number_once_that_field_and_note_repeat() -> None:
    one = receipt(CHANNEL="7", CUS_CIQ_NO="Z110000012345", NOTE="Z110000012345直接申报成功")
    assert one.numbers == ("temporary:Z110000012345",)


def test_it_identifies_by_the_client_number_only_within_a_sender() -> None:
    data = dec_result(CHANNEL="7", CLIENTSEQ_NO="CN-1")
    assert parse(data, default_tables())[0].numbers == ("client-seq:CN-1",)
    assert parse(data, default_tables(), sender="acme")[0].numbers == ("sender-client-seq:acme/CN-1",)


def test_it_tells_import_from_export_by_the_numbers() -> None:
    assert receipt().details["direction"] == "import"
    assert receipt(CUS_CIQ_NO="E20260000000000001").details["direction"] == "export"
    assert receipt(CUS_CIQ_NO="", ENTRY_ID="223320260000000762").details["direction"] == "export"


def test_it_reads_the_number_of_a_collective_list() -> None:
    one = receipt(CUS_CIQ_NO="", ENTRY_ID="22332026E000000762")
    assert (one.numbers, one.details["direction"]) == (("entry:22332026E000000762",), "export")
    assert receipt(CUS_CIQ_NO="", ENTRY_ID="22332026I000000762").details["direction"] == "import"
    assert "contradiction" in receipt(ENTRY_ID="22332026E000000762").details


@pytest.mark.parametrize("value", ["22332026X000000762", "2233202600I0000762", "22332026i000000762", "22332026I0000"])
def test_it_refuses_letters_elsewhere_in_an_entry_number(value: str) -> None:
    with pytest.raises(InvalidMessage, match="ninth"):
        receipt(ENTRY_ID=value)


def test_it_reports_numbers_that_disagree() -> None:
    details = receipt(ENTRY_ID="223320260000000762").details
    assert details["direction"] == "import"
    assert "contradiction" in details


def test_it_keeps_a_code_that_nobody_knows_and_its_case() -> None:
    assert [receipt(CHANNEL=code).code for code in ("a", "A", "SpL", "？")] == ["a", "A", "SpL", "？"]


def test_it_names_the_code_list_of_an_intermediary() -> None:
    [one] = parse(dec_result(CHANNEL="K"), default_tables(), system="cn-epdp")
    assert one.system == "cn-epdp"


def test_it_gives_equal_ids_to_equal_receipts_only() -> None:
    assert receipt(NOTE="x").receipt_id == receipt(NOTE="x", D_DATE="20260301").receipt_id
    assert len({receipt(NOTE=note).receipt_id for note in "xyz"}) == 3


def test_it_cuts_a_long_note() -> None:
    assert receipt(NOTE="长" * 300).text == "长" * 300
    assert receipt(NOTE="长" * 5000).text == "长" * 4000


def test_it_joins_note_and_result_of_generation_a() -> None:
    assert generation_a(NOTE="报关单已放行", info="完成").text == "报关单已放行 完成"


def test_it_reads_goods_and_parties_of_generation_a() -> None:
    details = generation_a(TRAF_MODE="5", NET_WT="100.5", PACK_NO="3", AGENT_NAME="示例报关", DECL_PORT="2233").details
    assert details == {
        "time_in_doubt": "absent",
        "transport_mode": "air",
        "net_weight_kg": "100.5",
        "packages": "3",
        "agent_name": "示例报关",
        "office": "2233",
        "direction": "import",
    }


def test_it_leaves_out_a_weight_that_is_none_and_says_so() -> None:
    details = generation_a(NET_WT="-100.5").details
    assert "net_weight_kg" not in details
    assert "NET_WT" in details["contradiction"]


@pytest.mark.parametrize("name", ["GB2312", "gbk", "GB18030", "UTF-8"])
def test_it_reads_characters_that_gb2312_does_not_hold(name: str) -> None:
    text = f'<?xml version="1.0" encoding="{name}"?><DEC_RESULT><CHANNEL>P</CHANNEL><NOTE>䶮㐀😀</NOTE></DEC_RESULT>'
    data = text.encode("utf-8" if name == "UTF-8" else "gb18030")
    assert parse(data + b"<!-- read as a tree -->", default_tables())[0].text == "䶮㐀😀"


def test_it_reads_the_same_with_and_without_a_tree() -> None:
    head = b'<?xml version="1.0" encoding="GBK"?>'
    data = head + b"<DEC_RESULT><CHANNEL>P</CHANNEL><NOTE>\xfe\x59\xa6\xd9</NOTE></DEC_RESULT>"
    assert parse(data, default_tables()) == parse(data + b"<!-- read as a tree -->", default_tables())


def test_it_refuses_a_receipt_without_a_code() -> None:
    with pytest.raises(InvalidMessage, match="CHANNEL is missing"):
        receipt(CHANNEL="")


def test_it_refuses_a_field_that_stands_twice_and_differs() -> None:
    with pytest.raises(InvalidMessage, match="CHANNEL stands twice"):
        parse(b"<DEC_RESULT><CHANNEL>P</CHANNEL><CHANNEL>R</CHANNEL></DEC_RESULT>", default_tables())


def test_it_refuses_generation_a_without_a_result() -> None:
    with pytest.raises(InvalidMessage, match="holds no DEC_RESULT"):
        parse(b"<DEC_DATA><RESULT_INFO>x</RESULT_INFO></DEC_DATA>", default_tables())
