"""The guards before the parser, and how a format is recognised."""

import pytest

from clearance.events.receipts.formats import parse
from clearance.events.receipts.xml import MAX_BYTES, MAX_TAGS
from clearance.events.values.errors import InvalidMessage
from clearance.settings.tables import default_tables

RECEIPT = "<DEC_RESULT><CUS_CIQ_NO>I20260000000000001</CUS_CIQ_NO><CHANNEL>P</CHANNEL>{}</DEC_RESULT>"


def reason(data: bytes | str) -> str:
    """Why it is refused."""
    with pytest.raises(InvalidMessage) as caught:
        parse(data.encode() if isinstance(data, str) else data, default_tables())
    return caught.value.reason


def test_it_recognises_a_format_by_the_root_element() -> None:
    assert "no known format" in reason("<Unknown/>")
    assert all(name in reason("<Unknown/>") for name in default_tables().codecs)


def test_it_takes_a_message_of_the_largest_size_and_no_larger() -> None:
    full = RECEIPT.format(" " * (MAX_BYTES - len(RECEIPT) + 2)).encode()
    assert len(full) == MAX_BYTES
    assert parse(full, default_tables())
    assert "bytes" in reason(full + b" ")


def test_it_takes_no_more_tags_than_the_limit() -> None:
    assert parse(RECEIPT.format("<x/>" * (MAX_TAGS - 6)).encode(), default_tables())
    assert "tags" in reason(RECEIPT.format("<x/>" * (MAX_TAGS - 5)))


@pytest.mark.parametrize("subset", ["", '[<!ENTITY a "b">]', 'SYSTEM "file:///etc/passwd"'])
def test_it_reads_no_document_type(subset: str) -> None:
    assert "DTD" in reason(f"<!DOCTYPE DEC_RESULT {subset}>" + RECEIPT.format(""))


def test_it_does_not_find_a_document_type_in_another_encoding() -> None:
    text = "\ufeff<!DOCTYPE DEC_RESULT [<!ENTITY a 'b'>]>" + RECEIPT.format("<NOTE>&a;</NOTE>")
    for name in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
        assert reason(text.encode(name))


NOTED = RECEIPT.format("<NOTE>{}</NOTE>")


def read_as(note: str, written: str, declared: str, mark: bytes = b"") -> tuple[str, str]:
    """The note as it was read, and how its bytes are said to contradict the declaration."""
    text = f'<?xml version="1.0" encoding="{declared}"?>' + NOTED.format(note)
    [one] = parse(mark + text.encode(written), default_tables())
    return one.text, one.details.get("encoding", "")


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_it_reads_bytes_as_what_they_are_and_says_so(mark: bytes) -> None:
    assert read_as("报关单已放行", "gb18030", "UTF-8", mark) == (
        "报关单已放行",
        "declared as UTF-8, written in GB18030",
    )
    assert read_as("报关单已放行", "utf-8", "GB2312", mark) == ("报关单已放行", "declared as GB18030, written in UTF-8")


def test_it_believes_the_declaration_where_the_bytes_allow_it() -> None:
    assert read_as("通", "gb2312", "GBK") == ("通", "")
    assert read_as("囍镕", "gbk", "GB2312") == ("囍镕", "")
    assert read_as("ok", "ascii", "GB2312") == ("ok", "")


def test_it_does_not_misread_a_message_for_one_broken_character() -> None:
    assert "not well-formed" in reason(NOTED.format("报关单已放行").encode().replace(b"\x8c<", b"<"))


def test_it_takes_no_alphabet_of_europe_for_chinese() -> None:
    assert "not well-formed" in reason(NOTED.format("Café Müller, Citroën, Škoda, Señor Ñandú").encode("cp1252"))


def test_it_names_an_encoding_that_it_does_not_read() -> None:
    for name in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"):
        assert "UTF-16 or UTF-32" in reason(RECEIPT.format("").encode(name))


def test_it_ignores_namespaces_comments_and_instructions() -> None:
    plain = parse(RECEIPT.format("").encode(), default_tables())
    assert (
        parse(RECEIPT.format("").replace("<DEC_RESULT>", '<DEC_RESULT xmlns="urn:x">').encode(), default_tables())
        == plain
    )
    assert parse(RECEIPT.format("<!-- c --><?p i?>").encode(), default_tables()) == plain
    assert parse(RECEIPT.format("").replace(">P<", "><!-- R -->P<").encode(), default_tables()) == plain


def test_it_says_where_a_message_breaks() -> None:
    assert "line 1, column" in reason("<DEC_RESULT><CHANNEL>P</DEC_RESULT>")


def test_it_says_that_nothing_came() -> None:
    assert reason(b"") == reason(b" \n") == "the message is empty"


def test_it_keeps_a_reason_short() -> None:
    name = "x" * 40_000
    assert len(reason(f"<DEC_RESULT><{name}></y></DEC_RESULT>")) < 400
    assert len(reason(RECEIPT.format(f"<{name}>1</{name}><{name}>2</{name}>"))) < 400


def test_it_reads_a_mark_at_the_beginning() -> None:
    assert parse(b"\xef\xbb\xbf" + RECEIPT.format("").encode(), default_tables()) == parse(
        RECEIPT.format("").encode(), default_tables()
    )
