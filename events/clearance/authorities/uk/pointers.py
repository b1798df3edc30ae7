"""Pointers: the way to what is spoken of, by sections and fields of the WCO Data Model.

Written as HMRC writes them (hmrc/customs-declare-exports): sections, numbers and the field with dots between, such as
`42A.67A.68A.3.02A.1.D006`.
"""

from clearance.events.receipts.xml import local
from clearance.events.tables.authority import Element

GOODS_ITEM = "68A"
MOST_DIGITS = 5
"""Of a SequenceNumeric (n..5)."""


def pointer(element: Element) -> tuple[str, int | None, str]:
    """The path that the Pointers of an element make, the number of the goods item on it, and the field at its end."""
    steps: list[str] = []
    item, field = None, ""
    for section, number, field in map(_step, element.iterchildren("{*}Pointer")):
        steps += filter(None, (section, number, field))
        if section == GOODS_ITEM:
            item = whole(number)
    return ".".join(steps), item, field


def numbered(element: Element, section: str) -> int | None:
    """Which one of that section the Pointers of an element name; None if none."""
    steps = map(_step, element.iterchildren("{*}Pointer"))
    return next((whole(number) for name, number, _ in steps if name == section), None)


def whole(number: str) -> int | None:
    """A number in a sequence; None for what is none."""
    return int(number) if number.isdigit() and number.isascii() and len(number) <= MOST_DIGITS else None


def text_of(element: Element | None) -> str:
    """The text directly in an element, "" for none."""
    text = element.text if element is not None else None
    return text.strip() if text else ""


def date_time(element: Element) -> str:
    """The text of a time: of the one element inside, whatever its name, or of its DateTimeString, else its own."""
    return text_of(element[0] if len(element) == 1 else next(element.iterchildren("{*}DateTimeString"), element))


def _step(element: Element) -> tuple[str, str, str]:
    """Section, number in it, field of it."""
    section = number = field = ""
    for child in element:
        name = local(child)
        if name == "DocumentSectionCode":
            section = text_of(child)
        elif name == "SequenceNumeric":
            number = text_of(child)
        elif name == "TagID":
            field = text_of(child)
    return section, number, field
