"""DecMessage, the declaration itself as it was sent (SPEC67 §2). Misspellings are part of the wire format.

It names parties, goods and transport. The time of its signature is the client's clock and no authority's: it is kept as
it stands, and orders nothing.
"""

from collections.abc import Iterator

from clearance.events.receipts.codecs import cn
from clearance.events.receipts.codecs.xml import Element, child, fields
from clearance.events.values.errors import InvalidMessage
from clearance.events.values.receipt import Receipt

DETAILS = (
    ("CustomMaster", "office"),
    ("IEPort", "port"),
    ("TradeMode", "trade_mode"),
    ("TrafName", "vessel"),
    ("AgentCode", "agent_code"),
    ("AgentCodeScc", "agent_scc"),
    ("AgentName", "agent_name"),
    ("TradeCode", "trade_code"),
    ("TradeCoScc", "trade_scc"),
    ("TradeName", "trade_name"),
    ("OwnerCode", "owner_code"),
    ("OwnerCodeScc", "owner_scc"),
    ("OwnerName", "owner_name"),
    ("IEDate", "import_export_on"),
)
NUMBERS = (("SeqNo", "temporary"), ("EntryId", "entry"), ("PreEntryId", "temporary"))
SEARCH = (("BillNo", "bill"), ("BLNo", "bill"), ("ContrNo", "contract"))
QUANTITIES = (("PackNo", "packages"), ("NetWt", "net_weight_kg"), ("GrossWet", "gross_weight_kg"))
VOYAGE = (("VoyNo", "voyage"),)


def declaration(root: Element, sender: str, system: str) -> list[Receipt]:
    head = child(root, "DecHead")
    if head is None:
        raise InvalidMessage("DecMessage holds no DecHead")
    values, sign = fields(head), _fields(root, "DecSign")
    code = cn.code("DecSign/OperType", sign.get("OperType"))
    stated = sign.get("SignDate", "")
    numbers = _numbers(root, values, sign, sender)
    details = cn.details(values, DETAILS) | cn.details(_fields(root, "DecFreeTxt"), VOYAGE)
    cn.add_mode(details, values.get("TrafMode"))
    cn.add_quantities(details, values, QUANTITIES)
    cn.add_direction(details, numbers, values.get("IEFlag", ""))
    whole = "\x1e".join(f"{name}={text}" for name, text in sorted({**values, **sign}.items()) if text)
    return [
        Receipt(
            "cn-declaration",
            code,
            cn.receipt_id(f"declaration{code}", stated, numbers[0] if numbers else "", whole),
            None,
            numbers,
            "DecMessage",
            values.get("NoteS", "")[: cn.MAX_TEXT],
            authority_time=stated[: cn.MAX_TIME],
            precision="none",
            details=details,
        )
    ]


def _fields(root: Element, name: str) -> dict[str, str]:
    element = child(root, name)
    return {} if element is None else fields(element)


def _numbers(root: Element, head: dict[str, str], sign: dict[str, str], sender: str) -> tuple[str, ...]:
    client = cn.client_number(sign.get("ClientSeqNo") or head.get("ClientSeqNo", ""), sender)
    found = [*cn.numbers(head, NUMBERS), client]
    found += [cn.search(kind, value) for field, kind in SEARCH if (value := head.get(field))]
    found += [cn.search("container", number) for number in _containers(root)]
    if len(found) > cn.MAX_NUMBERS:
        raise InvalidMessage(f"the declaration names {len(found):,} numbers; at most {cn.MAX_NUMBERS} are taken")
    return tuple(dict.fromkeys(one for one in found if one))


def _containers(root: Element) -> Iterator[str]:
    for group in root.iterchildren("{*}DecContainers"):
        for container in group:
            if number := fields(container).get("ContainerId"):
                yield number
