"""Read a business receipt without building a tree: one level of text fields, in the order of the specification.

One regular expression per generation describes the whole document, so that what it accepts is well-formed and means
what the parser would say; everything else is left to the parser. Three times as fast as a tree; a test compares the
two on every corpus (docs/decisions/0008-receipts-without-a-tree.md).
"""

import re

from clearance.events.receipts.encodings import ENCODINGS, USUAL, contradicts_gb

COMMON = ("ENTRY_ID", "NOTICE_DATE", "CHANNEL", "NOTE")
GENERATION_A = (
    *("SEQ_NO", *COMMON, "DECL_PORT", "AGENT_NAME", "DECLARE_NO", "TRADE_CO", "CUSTOMS_FIELD", "BONDED_NO"),
    *("I_E_DATE", "PACK_NO", "BILL_NO", "TRAF_MODE", "VOYAGE_NO", "NET_WT", "GROSS_WT", "D_DATE"),
)
GENERATION_B = ("CUS_CIQ_NO", "SEQ_NO", *COMMON, "CUSTOM_MASTER", "I_E_DATE", "D_DATE")

SPACE = r"[ \t\r\n]*"
VALUE = r"[^<>&\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]*"
"""Text that needs no unescaping and that every XML document may hold."""
DECLARATION = re.compile(
    rb'<\?xml version="1\.0"(?: encoding="([A-Za-z0-9._-]{1,20})")?(?: standalone="(?:yes|no)")? ?\?>'
)
DISPUTED = re.compile("[\u1e3f\ue000-\uf8ff]")
"""Characters that decoders of GB18030 disagree about."""


def _field(name: str) -> str:
    return rf"(?:<{name}(?:/>|>({VALUE})</{name}>){SPACE})?"


def _document(fields: tuple[str, ...], before: str, after: str) -> re.Pattern[str]:
    inside = "".join(map(_field, fields))
    return re.compile(f"{SPACE}{before}<DEC_RESULT>{SPACE}{inside}</DEC_RESULT>{SPACE}{after}")


A = _document(
    GENERATION_A,
    f"<DEC_DATA>{SPACE}(?:<INTERFACE_VERSION(?:/>|>{VALUE}</INTERFACE_VERSION>){SPACE})?",
    f"{_field('RESULT_INFO')}</DEC_DATA>{SPACE}",
)
B = _document(GENERATION_B, "", "")
NAMES_A = (*GENERATION_A, "RESULT_INFO")


def read_flat(data: bytes) -> tuple[bool, dict[str, str]] | None:
    """(whether it is of generation A, its fields), or None for a document that is not that simple."""
    if data.find(b"<DEC_", 0, 120) < 0:
        return None
    encoding, start = _opening(data)
    try:
        text = data[start:].decode(encoding) if encoding else ""
    except UnicodeDecodeError:
        return None
    if encoding != "UTF-8" and (DISPUTED.search(text) or contradicts_gb(data)):
        return None
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if document := B.fullmatch(text):
        return False, _values(GENERATION_B, document)
    if document := A.fullmatch(text):
        return True, _values(NAMES_A, document)
    return None


def _values(names: tuple[str, ...], document: re.Match[str]) -> dict[str, str]:
    return {name: value.strip() for name, value in zip(names, document.groups(), strict=True) if value}


def _opening(data: bytes) -> tuple[str, int]:
    """The encoding, "" for one that is not read, and where the document begins behind its XML declaration."""
    if data.startswith(USUAL):
        return "UTF-8", len(USUAL)
    declared = DECLARATION.match(data)
    if declared is None:
        return "UTF-8", 0
    return ENCODINGS.get((declared[1] or b"UTF-8").upper(), ""), declared.end()
