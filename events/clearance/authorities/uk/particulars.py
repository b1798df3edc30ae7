"""Particulars of a notification, in the order of the document (`WCO_RES_2_DMS.xsd`).

Nothing here refuses a message: what is not what it should be is left out or shown as it stands, and marked. A reader
yields None for the mark. The schema knows no place; a statement about an error is the text of that error.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from clearance.authorities.uk.moments import MOMENTS, decided, limit
from clearance.authorities.uk.payments import of_fee, of_goods
from clearance.authorities.uk.pointers import numbered, pointer, text_of
from clearance.events.receipts.particulars import MOST, bounded
from clearance.events.tables.authority import Element
from clearance.events.values.particulars import Change, Contact, Decision, Fault, Particular, Question

ASKED = "51"
RESOLVED = "certex check"
"""How the text of a 51 begins that tells of a resolved case."""
ERROR = "53A"
"""DocumentSectionCode of the errors of the response itself."""
STATED = MOMENTS | {"DutyTaxFee", "GoodsShipment"}
"""What a declaration or a status holds where it has particulars at all."""


Part = tuple[str, Element, dict[str, str]]
"""A child of the response: its local name, the element, and the texts of its own children."""


def particulars(code: str, parts: Sequence[Part]) -> tuple[tuple[Particular, ...], bool]:
    """What the parts of a response with that FunctionCode state, and whether it is not all, or cannot be right."""
    found = list(islice(_stated(code, parts), 2 * MOST + 2))
    kept, cut = bounded(each for each in found if each is not None)
    return kept, cut or None in found


def is_resolved(text: str) -> bool:
    """Whether the text of a 51 tells of a resolved case."""
    return text.lower().startswith(RESOLVED)


def _stated(code: str, parts: Sequence[Part]) -> Iterator[Particular | None]:
    said: dict[int, str] = {}
    errors, bank = 0, ""
    for name, element, values in parts:
        if name == "Error":
            errors += 1
            yield _fault(element, values, said.get(errors, ""))
        elif name == "AdditionalInformation":
            yield from _statement(code, element, values, said)
        elif name == "Amendment":
            yield Change(*pointer(element))
        elif name == "ContactOffice":
            yield _contact(element)
        elif name == "Bank":
            bank = text_of(next(element.iterchildren("{*}ID"), None))
        else:
            yield from _of_declaration(element, values, bank)


def _fault(element: Element, values: dict[str, str], said: str) -> Fault:
    path, item, name = pointer(element)
    text = values.get("Description") or said
    return Fault(values.get("ValidationCode", ""), text, pointer=path, item=item, name=name)


def _statement(
    code: str, element: Element, values: dict[str, str], said: dict[int, str]
) -> Iterator[Particular | None]:
    """What is stated of an error of the same response enters `said`, by its number."""
    text = values.get("StatementDescription", "")
    about = numbered(element, ERROR) if text and "Pointer" in values else None
    if about is not None:
        said[about] = text
    elif text and code == ASKED and not is_resolved(text):
        yield Question(text)
    elif text or values.get("StatementCode"):
        yield Decision(values.get("StatementCode", ""), text)
    if "LimitDateTime" in values:
        yield from limit(next(element.iterchildren("{*}LimitDateTime")), "LimitDateTime")


def _contact(office: Element) -> Contact:
    """The office, and the ways to reach it with their kind before them: `GB000060; TE 0300 200 3700`."""
    ways = (" ".join(map(text_of, reversed(way))) for way in office.iterchildren("{*}Communication"))
    return Contact("; ".join(filter(None, (*map(text_of, office.iterchildren("{*}ID")), *ways))))


def _of_declaration(element: Element, values: dict[str, str], bank: str) -> Iterator[Particular | None]:
    """Moments and amounts of a declaration, or of a status."""
    for name in values:
        if name in STATED:
            for child in element.iterchildren("{*}" + name):
                yield from _told(name, child, bank)


def _told(name: str, child: Element, bank: str) -> Iterator[Particular | None]:
    if name == "DutyTaxFee":
        return of_fee(child, None, bank)
    return of_goods(child, bank) if name == "GoodsShipment" else decided(child, name)
