"""DecMessage, the declaration itself as it was sent (SPEC67 §2). Misspellings are part of the wire format.

It names parties, goods and transport. The time of its signature is the client's clock and no authority's: it is kept as
it stands, and orders nothing.
"""

from collections.abc import Iterator

from clearance.authorities.cn import common
from clearance.events.receipts import parts
from clearance.events.receipts.xml import child, fields
from clearance.events.tables.authority import Element
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
    ("IEDate", "import_export_on_declared"),
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
    code = parts.code("DecSign/OperType", sign.get("OperType"))
    stated = sign.get("SignDate", "")
    numbers = _numbers(root, values, sign, sender)
    details = common.details(values, DETAILS) | common.details(_fields(root, "DecFreeTxt"), VOYAGE)
    common.add_mode(details, values.get("TrafMode"))
    common.add_quantities(details, values, QUANTITIES)
    common.add_direction(details, numbers, values.get("IEFlag", ""))
    whole = "\x1e".join(f"{name}={text}" for name, text in sorted({**values, **sign}.items()) if text)
    return [
        Receipt(
            system="cn-declaration",
            code=code,
            receipt_id=parts.receipt_id(f"declaration{code}", stated, numbers[0] if numbers else "", whole),
            occurred_at=None,
            numbers=numbers,
            format="DecMessage",
            text=values.get("NoteS", "")[: parts.MAX_TEXT],
            authority_time=stated[: parts.MAX_TIME],
            precision="none",
            details=details,
        )
    ]


def _fields(root: Element, name: str) -> dict[str, str]:
    element = child(root, name)
    return {} if element is None else fields(element)


def _numbers(root: Element, head: dict[str, str], sign: dict[str, str], sender: str) -> tuple[str, ...]:
    client = common.client_number(sign.get("ClientSeqNo") or head.get("ClientSeqNo", ""), sender)
    numbers = [*common.numbers(head, NUMBERS), client]
    numbers += [common.search(kind, value) for field, kind in SEARCH if (value := head.get(field))]
    numbers += [common.search("container", number) for number in _containers(root)]
    if len(numbers) > common.MAX_NUMBERS:
        raise InvalidMessage(f"the declaration names {len(numbers):,} numbers; at most {common.MAX_NUMBERS} are taken")
    return tuple(dict.fromkeys(filter(None, numbers)))


def _containers(root: Element) -> Iterator[str]:
    for group in root.iterchildren("{*}DecContainers"):
        for container in group:
            if number := fields(container).get("ContainerId"):
                yield number
