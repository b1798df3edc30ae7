"""Well-formed but insane shapes: values that stand twice, mark-up inside values, numbers that disagree."""

from base64 import b64encode

from tests.hostile.case import Cases, Kept, after_root, kept, refused, swap
from tests.hostile.valid import (
    AMENDMENT,
    DECLARATION,
    GENERATION_A,
    GENERATION_B,
    IMPORT_RESPONSE,
    RESPONSE,
    SMART_CARD,
    envelope,
)


def _container(number: int) -> str:
    return f"<C><ContainerId>C{number}</ContainerId></C>"


NS = 'xmlns:a="urn:a" xmlns:b="urn:b"'
UNIFIED = "unified:I20260000000000001"
SAME = Kept(code="P", number=UNIFIED, timed=True)
BASE64, OTHER = (b64encode(one.encode()).decode() for one in (GENERATION_B, GENERATION_A))
TWICE: Cases = {
    "value, differently": refused(after_root(GENERATION_B, "<CHANNEL>R</CHANNEL>"), "CHANNEL stands twice"),
    "value, the same": kept(after_root(GENERATION_B, "<CHANNEL>P</CHANNEL>"), SAME),
    "value, in two namespaces": refused(
        after_root(GENERATION_B, f"<a:CHANNEL {NS}>R</a:CHANNEL>"), "CHANNEL stands twice"
    ),
    "value, number": refused(after_root(GENERATION_B, "<ENTRY_ID>1</ENTRY_ID>"), "ENTRY_ID stands twice"),
    "name of 40,000": refused(
        after_root(GENERATION_B, "".join(f"<{'x' * 40_000}>{i}</{'x' * 40_000}>" for i in (1, 2)))
    ),
    "DEC_RESULT": refused(after_root(GENERATION_A, GENERATION_B), "DEC_RESULT"),
    "DecHead": refused(after_root(DECLARATION, "<DecHead><SeqNo>1</SeqNo></DecHead>"), "DecHead"),
    "DecSign": refused(after_root(DECLARATION, "<DecSign><OperType>G</OperType></DecSign>"), "DecSign"),
    "DecModType": refused(after_root(AMENDMENT, "<DecModType>2</DecModType>"), "DecModType"),
    "Data": refused(swap(envelope(SMART_CARD.encode()), "Data", f"{BASE64}</Data><Data>{OTHER}"), "Data"),
    "IssueDateTime": refused(after_root(RESPONSE, "<IssueDateTime>20260401000000Z</IssueDateTime>"), "IssueDateTime"),
    "FunctionCode": refused(after_root(RESPONSE, "<FunctionCode>09</FunctionCode>"), "FunctionCode stands twice"),
    "ResponseCode": refused(after_root(IMPORT_RESPONSE, "<ResponseCode>1</ResponseCode>"), "ResponseCode"),
    "failCode": refused(after_root(SMART_CARD, "<failCode>C1</failCode>"), "failCode stands twice"),
    "MRN": refused(swap(RESPONSE, "ID", "26GBEXAMPLE00001A0</ID><ID>26GBOTHER"), "ID stands twice"),
}
SHAPE: Cases = {
    "comment in a value": kept(swap(GENERATION_B, "CHANNEL", "<!-- R -->P"), SAME),
    "comment in a time": kept(swap(GENERATION_B, "NOTICE_DATE", "2026-03-<!-- 0 -->01T09:18:33"), SAME),
    "instruction in a value": kept(swap(GENERATION_B, "CHANNEL", "P<?php R ?>"), SAME),
    "CDATA in a value": kept(swap(GENERATION_B, "CHANNEL", "<![CDATA[P]]>"), SAME),
    "style sheet": kept('<?xml-stylesheet href="http://192.0.2.1/x.xsl" type="text/xsl"?>' + GENERATION_B, SAME),
    "inclusion": kept(
        after_root(
            GENERATION_B,
            '<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>',
        ),
        SAME,
    ),
    "inclusion in a value": refused(
        swap(GENERATION_B, "CHANNEL", '<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>'),
        "CHANNEL is missing",
    ),
    "schema to fetch": kept(
        GENERATION_B.replace(
            "<DEC_RESULT>",
            '<DEC_RESULT xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:schemaLocation="u http://192.0.2.1/x">',
        ),
        SAME,
    ),
    "attributes instead of elements": refused('<DEC_RESULT CHANNEL="P" CUS_CIQ_NO="I1"/>', "CHANNEL is missing"),
    "an element in a value": refused(swap(GENERATION_B, "CHANNEL", "P<x/>"), "CHANNEL is missing"),
    "one level too deep": refused(f"<DEC_RESULT>{GENERATION_B}</DEC_RESULT>", "CHANNEL is missing"),
    "50,000 attributes": kept(
        lambda: GENERATION_B.replace(
            "<DEC_RESULT>", "<DEC_RESULT " + " ".join(f'a{i}=""' for i in range(50_000)) + ">"
        ).encode(),
        SAME,
    ),
    "5,000 namespaces": kept(
        lambda: GENERATION_B.replace(
            "<DEC_RESULT>", "<DEC_RESULT " + " ".join(f'xmlns:a{i}="u"' for i in range(5_000)) + ">"
        ).encode(),
        SAME,
    ),
    "5,000 children": kept(lambda: after_root(GENERATION_B, "<x/>" * 5_000).encode(), SAME),
    "a name of 40,000": kept(lambda: after_root(GENERATION_B, f"<{'x' * 40_000}/>").encode(), SAME),
    "an attribute of 900 kB": kept(lambda: after_root(GENERATION_B, f'<x a="{"x" * 900_000}"/>').encode(), SAME),
    "a comment of 900 kB": kept(lambda: after_root(GENERATION_B, f"<!--{'x' * 900_000}-->").encode(), SAME),
    "a note of 900 kB": kept(
        lambda: swap(GENERATION_B, "NOTE", "长" * 300_000).encode(), SAME._replace(text="长" * 4000)
    ),
    "a note of references": kept(lambda: swap(GENERATION_B, "NOTE", "&#38271;" * 100_000).encode(), SAME),
    "a blank value of 900 kB": kept(lambda: swap(GENERATION_B, "CHANNEL", " " * 900_000 + "P").encode(), SAME),
    "nesting of 200": kept(after_root(GENERATION_B, "<x>" * 200 + "</x>" * 200), SAME),
    "a mark": kept(b"\xef\xbb\xbf" + GENERATION_B.encode(), SAME._replace(text="报关单已放行")),
    "a mark and a declaration": kept(
        b'\xef\xbb\xbf<?xml version="1.0" encoding="utf-8"?>' + GENERATION_B.encode(),
        SAME._replace(text="报关单已放行"),
    ),
    "four bytes of GB18030": kept(
        ('<?xml version="1.0" encoding="GB2312"?>' + swap(GENERATION_B, "NOTE", "㐀😀龦")).encode("gb18030"),
        SAME._replace(text="㐀😀龦"),
    ),
    "ASCII that is none": kept(
        b'<?xml version="1.0" encoding="US-ASCII"?>' + GENERATION_B.encode("ascii", "xmlcharrefreplace"),
        SAME._replace(text="报关单已放行"),
    ),
    "a smart card without code": refused(SMART_CARD.replace("failCode", "code"), "failCode"),
    "a request instead of a notification": refused("<MetaData><Declaration/></MetaData>", "no Response"),
    "an envelope from Britain": refused(envelope(RESPONSE.encode()), ""),
    "an envelope from Britain about nothing": refused(
        envelope(RESPONSE[: RESPONSE.index("<Declaration>")].encode() + b"</Response>"), ""
    ),
    "base64 a letter a line": kept(
        envelope(GENERATION_B.encode()).replace("RF", "R\nF").replace("VC", "V \r\n\t C"), SAME
    ),
    "base64 in CDATA": kept(
        envelope(GENERATION_B.encode()).replace("<Data>", "<Data><![CDATA[").replace("</Data>", "]]></Data>"), SAME
    ),
}
DIRECTIONS: Cases = {
    "numbers disagree": kept(swap(GENERATION_B, "ENTRY_ID", "223320260000000762"), SAME._replace(contradiction=True)),
    "flag disagrees": kept(swap(DECLARATION, "IEFlag", "E"), Kept(code="C", number=UNIFIED, contradiction=True)),
    "flag that is none, numbers disagree": kept(
        swap(swap(DECLARATION, "IEFlag", "Q"), "EntryId", "223320260000000762"),
        Kept(code="C", number=UNIFIED, contradiction=True),
    ),
    "flag that is none": kept(
        swap(DECLARATION, "IEFlag", "Q"), Kept(code="C", details={"direction": "import"}, number=UNIFIED)
    ),
    "amendment flag that is none, numbers disagree": kept(
        swap(swap(AMENDMENT, "IeFlag", "Q"), "EntryId", "223320260000000762"), Kept(code="1", contradiction=True)
    ),
    "entry flag of neither": kept(
        swap(GENERATION_B, "ENTRY_ID", "223320269000000762"),
        SAME._replace(details={"direction": "import"}),
    ),
    "400 containers that disagree": kept(
        lambda: (
            swap(DECLARATION, "IEFlag", "E")
            .replace("<DecContainers>", "<DecContainers>" + "".join(map(_container, range(400))))
            .encode()
        ),
        Kept(code="C", number=UNIFIED, contradiction=True),
    ),
    "3,000 containers": refused(
        lambda: DECLARATION.replace(
            "<DecContainers>", "<DecContainers>" + "".join(map(_container, range(3_000)))
        ).encode(),
        "at most 500",
    ),
    "a mode of transport that is none": kept(
        swap(GENERATION_A, "TRAF_MODE", "火箭"), Kept(code="R", contradiction=False)
    ),
}
