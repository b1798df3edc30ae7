"""Numbers and stamps in the names of received files."""

from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.helpers.extent import examples

from clearance.authorities.cn.file_names import numbers_in_name, time_in_name

UNIFIED = "E20260000000000001"
AT = datetime(2026, 3, 2, 1, 2, 3, tzinfo=UTC)
STAMP = "20260302090203"
NUMBERS = {
    f"Receipt_{UNIFIED}_{STAMP}.xml": f"unified:{UNIFIED}",
    f"Receipt_{UNIFIED}_{STAMP}123.xml": f"unified:{UNIFIED}",
    f"Receipt_{UNIFIED}_{STAMP}123456789.xml": f"unified:{UNIFIED}",
    f"RECEIPT_Z11000001234567_{STAMP}123.XML": "temporary:Z11000001234567",
    f"Receipt_{UNIFIED}_{STAMP}123 (1).xml": f"unified:{UNIFIED}",
    f"Receipt_{UNIFIED}_{STAMP}123.2.xml": f"unified:{UNIFIED}",
    f"Receipt_{UNIFIED}_{STAMP}123 - 副本.xml": f"unified:{UNIFIED}",
    f"Failed_E_DEMO22_t-1_{STAMP}12345678.xml": "cop-msg:E_DEMO22_t-1",
    f"Successed_DXPENT1_{STAMP}.xml": "cop-msg:DXPENT1",
    f"回执_{UNIFIED}_{STAMP}.xml": f"unified:{UNIFIED}",
    f"{UNIFIED}.xml": f"unified:{UNIFIED}",
}
NO_NUMBERS = (
    f"回执_{UNIFIED}_E20260000000000002_{STAMP}.xml",
    f"X{UNIFIED}_{STAMP}.xml",
    f"Receipt__{STAMP}.xml",
    f"回执_{STAMP}.xml",
    "a.xml",
    "",
)


@pytest.mark.parametrize("name", NUMBERS)
def test_it_finds_the_number(name: str) -> None:
    assert numbers_in_name(name) == (NUMBERS[name],)


@pytest.mark.parametrize("name", NO_NUMBERS)
def test_it_finds_no_number_where_there_is_none_or_more_than_one(name: str) -> None:
    assert numbers_in_name(name) == ()


@pytest.mark.parametrize("more", ["", "1", "123", "123456", "123456789"])
@pytest.mark.parametrize(
    "name",
    [
        "Receipt_E20260000000000001_{}.xml",
        "Failed_E_DEMO22_t-1_{}.xml",
        "Квитанция-{}.xml",
        "إيصال {}.xml",
        "回执{}号.xml",
        "{} (2).xml",
        "20260101000000_{}.xml",
        "{}_290120260000000762.xml",
        "{}",
    ],
)
def test_it_finds_the_stamp(name: str, more: str) -> None:
    assert time_in_name(name.format(STAMP + more)) == AT


@pytest.mark.parametrize(
    "name",
    [
        "Receipt_E20260000000000001.xml",
        "20261302090203.xml",
        "20260230090203.xml",
        "20260302250203.xml",
        "19991231235959.xml",
        "21000101000000.xml",
        "2026030209020.xml",
        "202603020902031234567890.xml",
        "A20260302090203.xml",
        "20260302090203Z.xml",
        "２０２６０３０２０９０２０３.xml",
        "٢٠٢٦٠٣٠٢٠٩٠٢٠٣.xml",
        "20260302090203_20261302090203.xml",
        "290120260000000762.xml",
        "9" * 100_000,
        "1_" * 100_000,
        "",
    ],
)
def test_it_takes_nothing_else_for_a_stamp(name: str) -> None:
    assert time_in_name(name) is None


@settings(max_examples=examples(500), deadline=None)
@given(st.text(st.sampled_from("0129E_-. Receipt副本") | st.characters(), max_size=300))
@example("Failed_" + "_20260302090203" * 20 + ".xml")
def test_a_name_may_hold_anything(name: str) -> None:
    stamp = time_in_name(name)
    assert stamp is None or (stamp.tzinfo is UTC and 1999 <= stamp.year < 2100)
    assert all(number.partition(":")[2] for number in numbers_in_name(name))
