"""修撤单: the request to amend or withdraw a declaration, and whether the single window took it in (HGZIP).

Neither states a time; what customs decides comes as business receipts.
"""

from clearance.authorities.cn import common
from clearance.authorities.cn.import_response import integer
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
            "cn-amendment",
            code,
            parts.receipt_id(f"amendment-{code}-{operation}", "", numbers[0] if numbers else "", f"{own} {text}"),
            None,
            tuple(numbers),
            "DecModMessage",
            text[: parts.MAX_TEXT],
            operation,
            precision="none",
            details=details,
        )
    ]


def amendment_response(root: Element, sender: str, system: str) -> list[Receipt]:
    values = leaves(root, FIELDS)
    code, text = integer("ResultCode", values.get("ResultCode", "")), values.get("ResultMessage", "")
    numbers = common.numbers(values, NUMBERS)
    details: dict[str, str] = {}
    common.add_direction(details, numbers)
    return [
        Receipt(
            "cn-amendment-response",
            code,
            parts.receipt_id(f"response{code}", "", numbers[0] if numbers else "", text),
            None,
            tuple(numbers),
            "DecModSaveResponse",
            text[: parts.MAX_TEXT],
            precision="none",
            details=details,
        )
    ]
