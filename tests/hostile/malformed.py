"""Malformed: what is not XML, or not XML that a customs message may be. Each damage, done to every format."""

from collections.abc import Callable
from functools import partial

from tests.hostile.case import Cases, Kept, after_root, kept, refused, root_of
from tests.hostile.valid import GENERATION_A, GENERATION_B, SMART_CARD, VALID, envelope

BAD = ("not well-formed", "not XML", "encoding")
FORBIDDEN = ("DTD", "entity")


def dtd(message: str, subset: str) -> str:
    """The message with a document type of its own."""
    return f"<!DOCTYPE {root_of(message)} [{subset}]>{message}"


def laughs(message: str) -> str:
    """A billion laughs: ten entities, each of ten times the one before."""
    subset = '<!ENTITY e0 "ha">' + "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 11))
    return dtd(after_root(message, "<x>&e10;</x>"), subset)


def quadratic(message: str) -> str:
    """One long entity, used often: no nesting that a depth limit would see."""
    return dtd(after_root(message, "<x>" + "&a;" * 20_000 + "</x>"), f'<!ENTITY a "{"a" * 20_000}">')


def xxe(message: str) -> str:
    """A file of the server, asked for by an entity."""
    return dtd(after_root(message, "<x>&x;</x>"), '<!ENTITY x SYSTEM "file:///etc/passwd">')


def parameter_xxe(message: str) -> str:
    """An address to fetch, asked for by a parameter entity."""
    return dtd(message, '<!ENTITY % p SYSTEM "http://192.0.2.1/x.dtd"> %p;')


BEFORE_PARSING: dict[str, tuple[Callable[[str], str], tuple[str, ...]]] = {
    "billion laughs": (laughs, FORBIDDEN),
    "quadratic blow-up": (quadratic, FORBIDDEN),
    "external entity": (xxe, FORBIDDEN),
    "parameter entity": (parameter_xxe, FORBIDDEN),
    "external DTD": (lambda m: f'<!DOCTYPE {root_of(m)} SYSTEM "http://192.0.2.1/x.dtd">{m}', FORBIDDEN),
    "empty DTD": (lambda m: f"<!DOCTYPE {root_of(m)}>{m}", FORBIDDEN),
    "100,000 children": (lambda m: after_root(m, "<x/>" * 100_000), ("tags",)),
    "nesting of 100,000": (lambda m: after_root(m, "<x>" * 100_000 + "</x>" * 100_000), ("tags",)),
    "note of 10 MB": (lambda m: after_root(m, "<x>" + "长" * 3_500_000 + "</x>"), ("bytes",)),
    "10 MB of white space": (lambda m: m + " " * 10_000_000, ("bytes",)),
}
DAMAGE: dict[str, Callable[[str], bytes]] = {
    "cut in half": lambda m: m[: len(m) // 2].encode(),
    "last byte missing": lambda m: m[:-1].encode(),
    "text after the root": lambda m: (m + "HTTP/1.1 200 OK").encode(),
    "wide blank after the root": lambda m: (m + "\u3000").encode(),
    "hard blank after the root": lambda m: (m + "\u00a0").encode(),
    "vertical tab before the root": lambda m: ("\x0b" + m).encode(),
    "form feed after the root": lambda m: (m + "\x0c").encode(),
    "element after the root": lambda m: (m + "<x/>").encode(),
    "twice in a row": lambda m: (m + m).encode(),
    "NUL after the root": lambda m: (m + "\0").encode(),
    "NUL in a value": lambda m: after_root(m, "<x>a\0b</x>").encode(),
    "text before the root": lambda m: ("x" + m).encode(),
    "crossed tags": lambda m: after_root(m, "<x><y></x></y>").encode(),
    "unknown entity": lambda m: after_root(m, "<x>&nbsp;</x>").encode(),
    "unknown entity, very long": lambda m: after_root(m, f"<x>&{'n' * 30_000};</x>").encode(),
    "lone surrogate": lambda m: after_root(m, "<x>&#xD800;</x>").encode(),
    "reference to NUL": lambda m: after_root(m, "<x>&#0;</x>").encode(),
    "reference beyond Unicode": lambda m: after_root(m, "<x>&#x110000;</x>").encode(),
    "reference of 5,000 digits": lambda m: after_root(m, f"<x>&#{'9' * 5_000};</x>").encode(),
    "control character": lambda m: after_root(m, "<x>\x08</x>").encode(),
    "bytes of no encoding": lambda m: after_root(m, "<x>@</x>").encode().replace(b"@", b"\xff\xfe"),
    "overlong slash": lambda m: after_root(m, "<x>@</x>").encode().replace(b"@", b"\xc0\xaf"),
    "surrogate in UTF-8": lambda m: after_root(m, "<x>@</x>").encode().replace(b"@", b"\xed\xa0\x80"),
    "UTF-16": lambda m: ("\ufeff" + m).encode("utf-16-le"),
    "UTF-16 with a DTD that no search of bytes finds": lambda m: ("\ufeff" + laughs(m)).encode("utf-16-be"),
    "UTF-16 without a mark": lambda m: f'<?xml version="1.0" encoding="UTF-16"?>{laughs(m)}'.encode("utf-16-le"),
    "UTF-32 with a DTD": lambda m: ("\ufeff" + xxe(m)).encode("utf-32-le"),
    "EBCDIC": lambda m: f'<?xml version="1.0" encoding="cp037"?>{xxe(m)}'.encode("cp037", "xmlcharrefreplace"),
    "UTF-7 declared": lambda m: b'<?xml version="1.0" encoding="UTF-7"?>' + seven(m),
    "UTF-7 declared far away": lambda m: b'<?xml version="1.0"' + b" " * 200 + b'encoding="UTF-7"?>' + seven(m),
    "UTF-7 declared second": lambda m: (
        b'<?xml version="1.0" encoding="GBK"?><?xml version="1.0" encoding="UTF-7"?>' + seven(m)
    ),
    "declaration that is not first": lambda m: f'\n<?xml version="1.0" encoding="UTF-8"?>{m}'.encode(),
    "nesting of 300": lambda m: after_root(m, "<x>" * 300 + "</x>" * 300).encode(),
    "name of 60,000": lambda m: after_root(m, f"<{'x' * 60_000}/>").encode(),
    "names of 40,000 that do not match": lambda m: after_root(m, f"<{'x' * 40_000}></y>").encode(),
    "attribute twice": lambda m: after_root(m, '<x a="1" a="2"/>').encode(),
    "attribute without quotes": lambda m: after_root(m, "<x a=1/>").encode(),
    "prefix of nothing": lambda m: after_root(m, "<no:x/>").encode(),
    "bare ampersand": lambda m: after_root(m, "<x>a & b</x>").encode(),
    "open comment": lambda m: after_root(m, "<!-- ").encode(),
    "open CDATA": lambda m: after_root(m, "<![CDATA[ ").encode(),
}


def seven(message: str) -> bytes:
    """UTF-7 whose every mark-up is hidden."""
    return laughs(message).replace("<", "+ADw-").replace("&", "+ACY-").encode("ascii", "xmlcharrefreplace")


OTHER: Cases = {
    "nothing at all": refused(b"", "empty"),
    "white space only": refused(b" \r\n\t", "empty"),
    "NUL only": refused(b"\0", *BAD),
    "a mark only": refused(b"\xef\xbb\xbf", *BAD, "empty"),
    "a zip": refused(b"PK\x03\x04" + bytes(200), *BAD),
    "gzip": refused(b"\x1f\x8b\x08" + bytes(200), *BAD),
    "JSON": refused(b'{"ReturnCode": "025"}', *BAD),
    "HTML": refused(b"<html><body>502 Bad Gateway</body></html>", "no known format"),
    "SOAP": refused('<s:Envelope xmlns:s="urn:s"><s:Body/></s:Envelope>', "no known format"),
    "a style sheet": refused('<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform"/>', "no known format"),
    "a root of 40,000": refused(f"<{'x' * 40_000}/>", "no known format"),
    "a root in another case": refused(GENERATION_B.replace("DEC_RESULT", "dec_result"), "no known format"),
    "a root with blanks in disguise": refused("<DEC_RESULT\u3000/>", *BAD),
    "10 MB of nothing": refused(partial(bytes, 10_000_000), "bytes", unparsed=True),
    "an encoding that nobody has": refused('<?xml version="1.0" encoding="klingon"?>' + GENERATION_B, "encoding"),
    "latin 1": refused('<?xml version="1.0" encoding="ISO-8859-1"?>' + GENERATION_B, "encoding"),
    "UTF-16 declared, UTF-8 sent": refused('<?xml version="1.0" encoding="UTF-16"?>' + GENERATION_B, "encoding"),
    "Shift JIS": refused('<?xml version="1.0" encoding="Shift_JIS"?>' + GENERATION_B, "encoding"),
    "Big5": refused('<?xml version="1.0" encoding="Big5"?>' + GENERATION_B, "encoding"),
    "bytes that no GB has": refused(
        ('<?xml version="1.0" encoding="GB2312"?>' + GENERATION_B)
        .encode("gb18030")
        .replace(b"</NOTE>", b"\xff</NOTE>"),
        *BAD,
        "GB2312",
    ),
    "half a GB character": refused(
        ('<?xml version="1.0" encoding="GBK"?>' + GENERATION_B).encode("gb18030").replace(b"</NOTE>", b"\xb7</NOTE>"),
        *BAD,
        "GBK",
    ),
    "NUL in INTERFACE_VERSION": refused(GENERATION_A.replace("3.1", "\0"), *BAD),
    "bytes of no encoding in INTERFACE_VERSION": refused(GENERATION_A.encode().replace(b"3.1", b"\xff"), *BAD),
    "FFFF in a note": refused(GENERATION_B.replace("</NOTE>", "\uffff</NOTE>"), *BAD),
    "two DEC_RESULT at the top": refused(GENERATION_B + "\n" + GENERATION_B, *BAD),
    "the end of CDATA in a note": refused(GENERATION_B.replace("</NOTE>", "]]></NOTE>"), *BAD),
    "a DTD in GB2312": refused(
        ('<?xml version="1.0" encoding="GB2312"?>' + laughs(GENERATION_B)).encode("gb18030"), *FORBIDDEN, unparsed=True
    ),
    "a DTD after a mark": refused(b"\xef\xbb\xbf" + laughs(GENERATION_B).encode(), *FORBIDDEN, unparsed=True),
}
INSIDE: Cases = {
    "nothing": refused(envelope(b""), "no Data"),
    "blanks": refused(envelope(b"").replace("<Data></Data>", "<Data> \n </Data>"), "no Data"),
    "elements instead of base64": refused(envelope(b"").replace("<Data></Data>", "<Data><x/></Data>"), "no Data"),
    "no Data at all": refused(envelope(b"").replace("<Data></Data>", ""), "no Data"),
    "no base64": refused(envelope(b"").replace("<Data></Data>", "<Data>放行</Data>"), "base64"),
    "base64 without its padding": refused(envelope(b"<x/>").replace("=", "", 1).replace("PHgvPg=", "PHgvPg"), "base64"),
    "base64 for addresses": refused(envelope(b"").replace("<Data></Data>", "<Data>__--</Data>"), "base64"),
    "base64 of base64": refused(envelope(b"PERFQ19SRVNVTFQvPg=="), *BAD),
    "gzip": refused(envelope(b"\x1f\x8b\x08" + bytes(100)), *BAD),
    "700,000 NULs": refused(lambda: envelope(bytes(700_000)).encode(), *BAD),
    "a message of a megabyte": refused(lambda: envelope(b" " * 900_000).encode(), "bytes", unparsed=True),
    "100,000 children": refused(lambda: envelope(b"<x>" + b"<y/>" * 100_000 + b"</x>").encode(), "tags"),
    "an envelope": refused(envelope(envelope(GENERATION_B.encode()).encode()), "DxpMsg"),
    "a format that nobody knows": refused(envelope(b"<x/>"), "no known format"),
    "a key that is no number": refused(envelope(SMART_CARD.encode(), key="ENTRY_ID", number="12"), "entry"),
}


def cases() -> Cases:
    """All of the family, by name."""
    found: Cases = {}
    for codec, (message, *_) in VALID.items():
        for name, damage in DAMAGE.items():
            found[f"{codec}: {name}"] = refused(partial(damage, message), *BAD)
        for name, (bend, reasons) in BEFORE_PARSING.items():
            found[f"{codec}: {name}"] = refused(partial(_encoded, bend, message), *reasons, unparsed=True)
        read_as = Kept(details={"encoding": "declared as UTF-8, written in GB18030"})
        found[f"{codec}: GB bytes called UTF-8"] = kept(partial(_in_gb, message), read_as)
        other = message.replace(root_of(message), "Unknown")
        found[f"{codec}: another root"] = refused(other, "no known format")
        alone = f"<{root_of(message)}/>"
        found[f"{codec}: root alone"] = refused(alone, "missing", "holds no", "without", "whole number")
    for name, damage in DAMAGE.items():
        found[f"envelope around: {name}"] = refused(partial(_enveloped, damage), *BAD)
    for name in ("billion laughs", "quadratic blow-up", "external entity", "parameter entity"):
        bend, reasons = BEFORE_PARSING[name]
        found[f"envelope around: {name}"] = refused(partial(_enveloped, partial(_encoded, bend)), *reasons)
    found |= {f"envelope around: {name}, alone": case for name, case in INSIDE.items()}
    return found | OTHER


def _encoded(bend: Callable[[str], str], message: str) -> bytes:
    return bend(message).encode()


def _in_gb(message: str) -> bytes:
    return after_root(message, "<x>放行</x>").encode("gb18030")


def _enveloped(damage: Callable[[str], bytes]) -> bytes:
    return envelope(damage(GENERATION_B)).encode()
