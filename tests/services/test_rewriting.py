"""Rewriting text between tags: what is not text stays to the byte."""

from base64 import b64encode
from pathlib import Path

import pytest
from tests.hostile.corpus import CASES

from clearance.recordings.rewriting import Unwritable, rewritten

TESTS = Path(__file__).parents[1]


def loud(text: str) -> str:
    return text.upper()


def test_every_message_that_changes_nothing_stays_to_the_byte() -> None:
    seen = 0
    files = [*(TESTS / "recordings").rglob("*.xml"), *(TESTS / "fuzz" / "corpus").rglob("*.xml")]
    for data in [*(path.read_bytes() for path in files), *(case.build() for case in CASES.values())]:
        try:
            assert rewritten(data, str) == data
        except Unwritable:
            continue
        seen += 1
    assert seen > 500


def test_codes_times_and_markup_stay_and_everything_else_is_changed() -> None:
    data = b'<a:RES xmlns:a="x"  ><CHANNEL>p</CHANNEL>\r\n<NOTE kept="k"> free text </NOTE ><NEW/>tail</a:RES>'
    changed = data.replace(b"free text", b"FREE TEXT").replace(b"tail", b"TAIL")
    assert rewritten(data, loud) == changed


def test_a_field_of_a_code_that_holds_more_than_a_code_is_changed() -> None:
    text = b"released to " + b"x" * 40
    assert rewritten(b"<CHANNEL>" + text + b"</CHANNEL>", loud) == b"<CHANNEL>" + text.upper() + b"</CHANNEL>"


def test_comments_and_character_data_are_changed_too() -> None:
    data = b"<a><!-- who --><NOTE><![CDATA[who <b>]]></NOTE></a>"
    assert rewritten(data, loud) == b"<a><!-- WHO --><NOTE><![CDATA[WHO <B>]]></NOTE></a>"


def test_a_letter_written_as_a_reference_is_changed_and_markup_so_written_stays() -> None:
    assert rewritten(b"<NOTE>a&amp;&#98;&#x63;&#38;</NOTE>", lambda text: text.replace("bc", "xy")) == (
        b"<NOTE>a&amp;xy&#38;</NOTE>"
    )


def test_the_message_inside_an_envelope_is_changed_and_laid_out_as_before() -> None:
    inside = "<?xml version='1.0' encoding='GB2312'?><NOTE>甲乙</NOTE>".encode("gb2312")
    lines = b64encode(inside).decode()
    data = f"<DxpMsg><Data>\n{lines[:20]}\n{lines[20:]}\n</Data></DxpMsg>".encode()
    other = b64encode(inside.replace("甲乙".encode("gb2312"), "丙丁".encode("gb2312"))).decode()
    changed = rewritten(data, lambda text: text.replace("甲乙", "丙丁"))
    assert changed == f"<DxpMsg><Data>\n{other[:20]}\n{other[20:]}\n</Data></DxpMsg>".encode()


@pytest.mark.parametrize("data", [b"<NOTE>\xff\xfe</NOTE>", b'<?xml version="1.0" encoding="UTF-16"?><a>\xff</a>'])
def test_bytes_that_are_no_text_are_refused(data: bytes) -> None:
    with pytest.raises(Unwritable, match=r"no text|not read"):
        rewritten(data, str)
