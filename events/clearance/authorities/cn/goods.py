"""The goods of a declaration: its lines, and what tells whether two declarations are about the same goods.

A declaration has at most 50 items; of an absurd one the first 50 are kept, and all count in the fingerprint.
"""

import re
from collections.abc import Iterable, Iterator
from hashlib import sha256

from clearance.events.receipts.xml import local
from clearance.events.tables.authority import Element
from clearance.events.values.goods import GoodsLine

MAX_LINES, MAX_NAME, MAX_VALUE = 50, 100, 40
"""Lines, and characters of a name and of any other value."""
FIELDS = {
    "GNo": "item",
    "CodeTS": "hs_code",
    "GName": "name",
    "GQty": "quantity",
    "GUnit": "unit",
    "DeclTotal": "value",
    "TradeCurr": "currency",
    "OriginCountry": "origin",
    "DestinationCountry": "destination",
}
EXPORTED = {**FIELDS, "OriginCountry": "destination", "DestinationCountry": "origin"}
"""On exports the two countries change places (SPEC67 file 6)."""
EMPTY = dict.fromkeys(FIELDS.values(), "")
LENGTHS = {name: MAX_NAME if name == "name" else MAX_VALUE for name in EMPTY}
CHAPTER = re.compile(r"\d\d", re.ASCII)
NO_BILL = re.compile(r"[^0-9A-Z]")


def goods(root: Element, direction: str) -> tuple[tuple[GoodsLine, ...], dict[str, str]]:
    """The lines kept, and the details that sum up all of them."""
    names = EXPORTED if direction == "export" else FIELDS
    lines = [_line(element, names) for group in root.iterchildren("{*}DecLists") for element in group]
    if not lines:
        return (), {}
    kept = tuple(_cut(line) for line in lines[:MAX_LINES])
    told = {"goods_lines": str(len(lines)), "goods_fingerprint": _fingerprint(lines)}
    if chapters := sorted({line.hs_code[:2] for line in lines if CHAPTER.match(line.hs_code)}):
        told["goods_chapters"] = " ".join(chapters)
    if kept != tuple(lines):
        told["goods_cut"] = "yes"
    return kept, told


def _line(element: Element, names: dict[str, str]) -> GoodsLine:
    """A name that stands twice counts once, by its first value."""
    values = {names[name]: (field.text or "").strip() for field in reversed(element) if (name := local(field)) in names}
    return GoodsLine(**EMPTY | values)


def _cut(line: GoodsLine) -> GoodsLine:
    return GoodsLine(**{name: getattr(line, name)[:length] for name, length in LENGTHS.items()})


def _fingerprint(lines: Iterable[GoodsLine]) -> str:
    """16 hex digits, the same for the same goods in any order and however their numbers are written. Names are typed
    by hand and do not count."""
    said = sorted(" ".join(_essence(line)) for line in lines)
    return sha256("\n".join(said).encode()).hexdigest()[:16]


def _essence(line: GoodsLine) -> Iterator[str]:
    yield line.hs_code
    for number in (line.quantity, line.value):
        whole, _, fraction = number.partition(".")
        yield f"{whole.lstrip('0')}.{fraction.rstrip('0')}"
    yield from (line.unit, line.currency)


def bill_hashes(bills: Iterable[str]) -> dict[str, str]:
    """16 hex digits of each bill of lading, whatever its case and punctuation: who groups declarations need not know
    the number."""
    tidy = {NO_BILL.sub("", bill.upper()) for bill in bills} - {""}
    hashes = sorted(sha256(bill.encode()).hexdigest()[:16] for bill in tidy)
    return {"bill_hashes": " ".join(hashes)} if hashes else {}
