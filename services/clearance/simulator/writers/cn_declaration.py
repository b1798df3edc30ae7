"""DecMessage, the declaration on its way out (SPEC67 §2). `operation` G stores a draft, C declares."""

from datetime import datetime

from clearance.simulator.identities import FilingNumbers
from clearance.simulator.life import Consignment
from clearance.simulator.sections import Trader
from clearance.simulator.writers.cn_receipt import MODES
from clearance.simulator.writers.text import UTF_8, compact, element, elements


def declaration(cargo: Consignment, own: FilingNumbers, *, seq_no: str, operation: str, signed_at: datetime) -> bytes:
    parts = {
        "DecHead": elements(_head(cargo, own, seq_no)),
        "DecLists": f"<DecList>{elements(_line(cargo))}</DecList>",
        "DecContainers": _containers(cargo, own),
        "DecFreeTxt": elements({"RelId": "", "VoyNo": cargo.voyage}),
        "DecSign": elements(_signature(cargo, own, operation, signed_at)),
    }
    inside = "\n".join([f"<{name}>{part}</{name}>" for name, part in parts.items()])
    return f'{UTF_8}<DecMessage Version="3.1" xmlns="http://www.chinaport.gov.cn/dec">{inside}</DecMessage>\n'.encode()


def _head(cargo: Consignment, own: FilingNumbers, seq_no: str) -> dict[str, str]:
    return {
        "SeqNo": seq_no,
        "IEFlag": "E" if cargo.direction == "export" else "I",
        "Type": "ZC",
        "AgentCode": cargo.broker.code,
        "AgentCodeScc": cargo.broker.scc,
        "AgentName": cargo.broker.name,
        "BillNo": own.bill,
        "ContrNo": own.contract,
        "CustomMaster": cargo.office.code,
        "CutMode": "101",
        "GrossWet": f"{cargo.gross_kg:g}",
        "NetWt": f"{cargo.net_kg:g}",
        "PackNo": str(cargo.packages),
        "WrapType": "22",
        "IEDate": "",
        "IEPort": cargo.office.code,
        "TradeMode": "0110",
        "TrafMode": MODES[cargo.mode],
        "TrafName": cargo.vessel,
        **_party("Trade", "TradeCoScc", cargo.trader),
        **_party("Owner", "OwnerCodeScc", cargo.owner),
        "EntryId": "",
        "PreEntryId": "",
        "PromiseItmes": "000",
        "EntyPortCode": cargo.office.port,
    }


def _party(role: str, scc: str, trader: Trader) -> dict[str, str]:
    return {f"{role}Code": trader.code, scc: trader.scc, f"{role}Name": trader.name}


def _line(cargo: Consignment) -> dict[str, str]:
    quantity = {"GQty": str(cargo.packages), "GUnit": "001", "TradeCurr": "USD"}
    return {"GNo": "1", "CodeTS": cargo.goods.hs, "GName": cargo.goods.name, **quantity}


def _containers(cargo: Consignment, own: FilingNumbers) -> str:
    if cargo.mode != "sea":
        return ""
    return f"<Container>{element('ContainerId', own.container)}{element('ContainerMd', '21')}</Container>"


def _signature(cargo: Consignment, own: FilingNumbers, operation: str, signed_at: datetime) -> dict[str, str]:
    who = {"ICCode": "8930000000001", "CopCode": cargo.broker.code, "ClientSeqNo": own.client}
    return {"OperType": operation, **who, "SignDate": compact(signed_at)}
