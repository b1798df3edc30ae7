"""DecMessage, the declaration itself as it was sent (SPEC67 §2). Misspellings are part of the wire format.

It names parties, goods and transport. The time of its signature is the client's clock and no authority's: it is kept as
it stands, and orders nothing.
"""

import re
from collections.abc import Iterator

from clearance.authorities.cn import common
from clearance.authorities.cn.goods import bill_hashes, goods
from clearance.authorities.cn.in_advance import says_in_advance
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
KIND = re.compile(r"(?:[A-Z][A-Z0-9]?)? *(\d)", re.ASCII)
"""The third character of Type, after one of two letters or none: which step it is. White space is gone before it."""
TWO_STEP = frozenset("356")
"""概要申报 as HXT writes it (3), as the interface has it since (5), and its 完整申报 (6)."""
VOYAGE = (("VoyNo", "voyage"),)


def declaration(root: Element, sender: str, system: str) -> list[Receipt]:
    head = child(root, "DecHead")
    if head is None:
        raise InvalidMessage("DecMessage holds no DecHead")
    values, sign = fields(head), _fields(root, "DecSign")
    code = parts.code("DecSign/OperType", sign.get("OperType"))
    stated, note = sign.get("SignDate", ""), values.get("NoteS", "")
    numbers = _numbers(root, values, sign, sender)
    details = common.details(values, DETAILS) | common.details(_fields(root, "DecFreeTxt"), VOYAGE)
    common.add_mode(details, values.get("TrafMode"))
    common.add_quantities(details, values, QUANTITIES)
    common.add_direction(details, numbers, values.get("IEFlag", ""))
    details |= dict.fromkeys(_flags(values), "yes")
    lines, told = goods(root, details.get("direction", ""))
    details |= told | bill_hashes(values.get(field, "") for field, kind in SEARCH if kind == "bill")
    whole = "\x1e".join(f"{name}={text}" for name, text in sorted({**values, **sign}.items()) if text)
    return [
        Receipt(
            system="cn-declaration",
            code=code,
            receipt_id=parts.receipt_id(f"declaration{code}", stated, numbers[0] if numbers else "", whole),
            occurred_at=None,
            numbers=numbers,
            format="DecMessage",
            text=note[: parts.MAX_TEXT],
            text_cut=len(note) > parts.MAX_TEXT,
            authority_time=stated[: parts.MAX_TIME],
            precision="none",
            details=details,
            goods=lines,
        )
    ]


def _flags(head: dict[str, str]) -> Iterator[str]:
    """What the declaration says of itself: filed before the goods arrive, in two steps, released under surety."""
    if head.get("DeclTrnRel") == "1" or says_in_advance("NoteS", head.get("NoteS", "")):
        yield "filed_in_advance"
    if (kind := KIND.match(head.get("Type", ""))) and kind[1] in TWO_STEP:
        yield "two_step"
    if head.get("ChkSurety") == "1":
        yield "surety"


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
