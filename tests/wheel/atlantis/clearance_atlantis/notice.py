"""The tide notice: a shell number, a code, a time in UTC, a word of the tide keeper."""

from pathlib import Path

from clearance.contracts.numbers import load_number_kinds
from clearance.events.receipts import parts
from clearance.events.receipts.xml import fields
from clearance.events.tables.authority import Element
from clearance.events.tables.numbers import checked
from clearance.events.values.errors import InvalidMessage
from clearance.events.values.receipt import Receipt
from clearance.events.values.times import bad_time, parse_utc

KINDS = load_number_kinds(Path(__file__).with_name("numbers.csv"))


def tide_notice(root: Element, sender: str, system: str) -> list[Receipt]:
    """The one receipt of a notice. Raises `InvalidMessage`."""
    values = fields(root)
    code = parts.code("Code", values.get("Code"))
    if not (shell := values.get("Shell", "")):
        raise InvalidMessage("TideNotice names no Shell")
    number, stated, word = checked(KINDS, "shell", shell), values.get("At", ""), values.get("Word", "")
    try:
        occurred_at = parse_utc(stated)
    except ValueError as error:
        raise bad_time("At", stated, "2026-03-02T01:00:00Z") from error
    return [
        Receipt(
            system="atlantis-tide",
            code=code,
            receipt_id=parts.receipt_id(code, stated, number, word),
            occurred_at=occurred_at,
            numbers=(number,),
            format="TideNotice",
            text=word[: parts.MAX_TEXT],
            authority_time=stated[: parts.MAX_TIME],
        )
    ]
