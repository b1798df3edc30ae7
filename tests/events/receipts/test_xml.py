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
