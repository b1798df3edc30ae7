"""修撤单: the request to amend or withdraw a declaration, and whether the single window took it in (HGZIP).

Neither states a time; what customs decides comes as business receipts.
"""

from clearance.events.receipts.codecs import cn
from clearance.events.receipts.codecs.cn_import import integer
from clearance.events.receipts.codecs.xml import Element, leaves
from clearance.events.values.receipt import Receipt

NUMBERS = (("DecSeqNo", "temporary"), ("EntryId", "entry"))
FIELDS = frozenset({"DecModType", "DecModSeqNo", "DecModNote", "DecSeqNo", "EntryId", "OperType", "IeFlag"})
FIELDS |= {"CustomsCode", "TradeCode", "ResultCode", "ResultMessage"}
DETAILS = (("CustomsCode", "office"), ("TradeCode", "trade_code"))


def amendment(root: Element, sender: str, system: str) -> list[Receipt]:
    values = leaves(root, FIELDS)
    code = cn.code("DecModType", values.get("DecModType"))
    numbers = cn.numbers(values, NUMBERS)
    own, text = values.get("DecModSeqNo", ""), values.get("DecModNote", "")
    if request := cn.search("amendment", own):
        numbers.append(request)
    operation = values.get("OperType", "")[: cn.MAX_CODE]
    details = cn.details(values, DETAILS)
    cn.add_direction(details, numbers, values.get("IeFlag", ""))
    return [
        Receipt(
            "cn-amendment",
            code,
            cn.receipt_id(f"amendment-{code}-{operation}", "", numbers[0] if numbers else "", f"{own} {text}"),
            None,
            tuple(numbers),
            "DecModMessage",
            text[: cn.MAX_TEXT],
            operation,
            precision="none",
            details=details,
        )
    ]


def amendment_response(root: Element, sender: str, system: str) -> list[Receipt]:
    values = leaves(root, FIELDS)
    code, text = integer("ResultCode", values.get("ResultCode", "")), values.get("ResultMessage", "")
    numbers = cn.numbers(values, NUMBERS)
    details: dict[str, str] = {}
    cn.add_direction(details, numbers)
    return [
        Receipt(
            "cn-amendment-response",
            code,
            cn.receipt_id(f"response{code}", "", numbers[0] if numbers else "", text),
            None,
            tuple(numbers),
            "DecModSaveResponse",
            text[: cn.MAX_TEXT],
            precision="none",
            details=details,
        )
    ]
