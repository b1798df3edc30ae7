"""修撤单: the request to amend or withdraw a declaration, and whether the single window took it in (HGZIP).

Neither states a time; what customs decides comes as business receipts.
"""

from clearance.authorities.cn import common
from clearance.authorities.cn.import_response import integer
from clearance.authorities.cn.notes import failure
from clearance.events.receipts import parts
from clearance.events.receipts.xml import leaves
from clearance.events.tables.authority import Element
from clearance.events.values.receipt import Receipt

NUMBERS = (("DecSeqNo", "temporary"), ("EntryId", "entry"))
FIELDS = frozenset({"DecModType", "DecModSeqNo", "DecModNote", "DecSeqNo", "EntryId", "OperType", "IeFlag"})
FIELDS |= {"CustomsCode", "TradeCode", "ResultCode", "ResultMessage"}
DETAILS = (("CustomsCode", "office"), ("TradeCode", "trade_code"))


def amendment(root: Element, sender: str, system: str) -> list[Receipt]:
    values = leaves(root, FIELDS)
    code = parts.code("DecModType", values.get("DecModType"))
    numbers = common.numbers(values, NUMBERS)
    own, text = values.get("DecModSeqNo", ""), values.get("DecModNote", "")
    if request := common.search("amendment", own):
        numbers.append(request)
    operation = values.get("OperType", "")[: parts.MAX_CODE]
    details = common.details(values, DETAILS)
    common.add_direction(details, numbers, values.get("IeFlag", ""))
    return [
        Receipt(
            system="cn-amendment",
            code=code,
            receipt_id=parts.receipt_id(
                f"amendment-{code}-{operation}", "", numbers[0] if numbers else "", f"{own} {text}"
            ),
            occurred_at=None,
            numbers=tuple(numbers),
            format="DecModMessage",
            text=text[: parts.MAX_TEXT],
            text_cut=len(text) > parts.MAX_TEXT,
            qualifier=operation,
            precision="none",
            details=details,
        )
    ]


def amendment_response(root: Element, sender: str, system: str) -> list[Receipt]:
    values = leaves(root, FIELDS)
    code, text = integer("ResultCode", values.get("ResultCode", "")), values.get("ResultMessage", "")
    particulars, cut = failure(code, text)
    numbers = common.numbers(values, NUMBERS)
    details: dict[str, str] = {}
    common.add_direction(details, numbers)
    return [
        Receipt(
            system="cn-amendment-response",
            code=code,
            receipt_id=parts.receipt_id(f"response{code}", "", numbers[0] if numbers else "", text),
            occurred_at=None,
            numbers=tuple(numbers),
            format="DecModSaveResponse",
            text=text[: parts.MAX_TEXT],
            text_cut=len(text) > parts.MAX_TEXT,
            precision="none",
            details=details,
            particulars=particulars,
            particulars_cut=cut,
        )
    ]
