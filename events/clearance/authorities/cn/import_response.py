"""导入回执, the technical receipt: did the single window take the message in? (SPEC67 §3)

It states no time. `ErrorMessage` may be filled although `ResponseCode` is 0: with a warning, or a phrase of success.
The smart-card client has a failure variant of its own, with root `Root`, which names no declaration: the file name or
the envelope does.
"""

import re
from collections.abc import Iterator

from clearance.authorities.cn import common
from clearance.authorities.cn.notes import faults, supplement
from clearance.authorities.cn.success import only_success
from clearance.events.receipts import parts
from clearance.events.receipts.particulars import bounded
from clearance.events.receipts.xml import child, fields, local
from clearance.events.tables.authority import Element
from clearance.events.values.errors import InvalidMessage
from clearance.events.values.particulars import Particular
from clearance.events.values.receipt import Receipt

NUMBERS = (("SeqNo", "temporary"), ("TrnPreId", "temporary"))
INTEGER = re.compile(r"[+-]?\d{1,10}", re.ASCII)


def import_response(root: Element, sender: str, system: str) -> list[Receipt]:
    values = fields(root)
    code, text = integer("ResponseCode", values.get("ResponseCode", "")), values.get("ErrorMessage", "")
    numbers = common.numbers(values, NUMBERS)
    if client := values.get("ClientSeqNo"):
        numbers.append(common.client_number(client, sender))
    details: dict[str, str] = {}
    common.add_direction(details, numbers)
    warning = "warning" if code == "0" and text and not only_success(text) else ""
    particulars, cut = bounded(_told(root, code, text, warning))
    return [
        Receipt(
            system="cn-import-response",
            code=code,
            receipt_id=parts.receipt_id(f"import{code}", "", numbers[0] if numbers else "", text),
            occurred_at=None,
            numbers=tuple(numbers),
            format="DecImportResponse",
            text=text[: parts.MAX_TEXT],
            text_cut=len(text) > parts.MAX_TEXT,
            qualifier=warning,
            precision="none",
            details=details,
            particulars=particulars,
            particulars_cut=cut,
        )
    ]


def _told(root: Element, code: str, text: str, warning: str) -> Iterator[Particular]:
    """What is wrong, and each supplement that is asked for. A warning comes with the code of success, which is no
    error's."""
    if code != "0" or warning:
        yield from faults("" if warning else code, text)
    for asked in root.iterchildren("{*}SupResult"):
        yield supplement({local(field): (field.text or "").strip() for field in reversed(asked)})


def smart_card_failure(root: Element, sender: str, system: str) -> list[Receipt]:
    if child(root, "failCode") is None:
        raise InvalidMessage("root Root without failCode: not a known format")
    values = fields(root)
    code, text = parts.code("failCode", values.get("failCode")), values.get("failInfo", "")
    particulars, cut = bounded(faults(code, text))
    return [
        Receipt(
            system="cn-smart-card",
            code=code,
            receipt_id=parts.receipt_id(f"card{code}", "", "", text),
            occurred_at=None,
            numbers=(),
            format="SmartCardFailure",
            text=text[: parts.MAX_TEXT],
            text_cut=len(text) > parts.MAX_TEXT,
            precision="none",
            particulars=particulars,
            particulars_cut=cut,
        )
    ]


def integer(field: str, text: str) -> str:
    """A whole number in its shortest form. Raises `InvalidMessage`."""
    if not INTEGER.fullmatch(text):
        raise InvalidMessage(f"{field} {text[:40]!r} is not a whole number")
    return str(int(text))
