"""DxpMsg, the envelope between e-port nodes, and DxpRep, the acknowledgement that it was delivered (HGZIP).

The envelope holds a message of another format in base64. For a message on its way out, the envelope's CopMsgId is
a number of the declaration: the acknowledgement names nothing else.
"""

import base64
import binascii

from msgspec.structs import replace

from clearance.authorities.cn import common
from clearance.authorities.cn.kinds import checked
from clearance.authorities.cn.notes import failure
from clearance.authorities.cn.times import beijing
from clearance.events.receipts import parts
from clearance.events.receipts.xml import child, fields, leaves
from clearance.events.tables.authority import Element
from clearance.events.values.errors import InvalidMessage
from clearance.events.values.receipt import Receipt

SENT = frozenset({"CopMsgId"})
OUTBOUND = frozenset({"DecMessage", "DecModMessage"})
KEYS = {"cusciqno": "temporary", "seqno": "temporary", "entryid": "entry"}
"""Names of BizKey that carry a number, in lower case and without underscores."""


def payload(root: Element) -> bytes:
    """The bytes inside the envelope. Raises `InvalidMessage`."""
    data = child(root, "Data")
    text = "".join((data.text or "").split()) if data is not None and not len(data) else ""
    if not text:
        raise InvalidMessage("DxpMsg holds no Data")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidMessage(f"Data of DxpMsg is not base64: {error}") from error


def opened(root: Element, inside: list[Receipt]) -> list[Receipt]:
    """The receipts of the payload, with the numbers that only the envelope knows."""
    numbers = [number for kind, value in _keys(root) if (number := common.number(kind, value))]
    return [
        replace(receipt, numbers=tuple(dict.fromkeys((*(receipt.numbers or numbers), *_sent_as(root, receipt)))))
        for receipt in inside
    ]


def _sent_as(root: Element, receipt: Receipt) -> list[str]:
    info = child(root, "TransInfo")
    sent = fields(info).get("CopMsgId", "") if info is not None and receipt.format in OUTBOUND else ""
    return [checked("cop-msg", sent)] if sent else []


def _keys(root: Element) -> list[tuple[str, str]]:
    pairs = []
    for key in root.iter("{*}Key"):
        kind = KEYS.get((key.get("name") or "").replace("_", "").lower())
        if kind:
            pairs.append((kind, (key.text or "").strip()))
    return pairs


def delivered(root: Element, sender: str, system: str) -> list[Receipt]:
    values = fields(root)
    code, text = parts.code("ResponseCode", values.get("ResponseCode")), values.get("ResponseInfo", "")
    head = child(root, "OriHead")
    sent = leaves(head, SENT).get("CopMsgId", "") if head is not None else ""
    particulars, cut = failure(code, text)
    stated = values.get("NoticeTime", "")
    occurred_at, precision, as_specified = beijing("NoticeTime", stated)
    numbers = (checked("cop-msg", sent),) if sent else ()
    return [
        Receipt(
            system="cn-dxp",
            code=code,
            receipt_id=parts.receipt_id(f"dxp{code}", stated, sent, text),
            occurred_at=occurred_at,
            numbers=numbers,
            format="DxpRep",
            text=text[: parts.MAX_TEXT],
            text_cut=len(text) > parts.MAX_TEXT,
            authority_time=stated[: parts.MAX_TIME],
            precision=precision,
            details={} if as_specified else {"time_as_written": stated},
            particulars=particulars,
            particulars_cut=cut,
        )
    ]
