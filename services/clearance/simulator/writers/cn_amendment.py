"""修撤单: the request to amend (1) or withdraw (2), and whether the single window took it in."""

from clearance.simulator.identities import FilingNumbers
from clearance.simulator.life import Consignment
from clearance.simulator.writers.text import UTF_8, elements

NAMESPACE = 'xmlns="http://www.chinaport.gov.cn/decmod"'


def amendment(cargo: Consignment, own: FilingNumbers, *, kind: str, note: str) -> bytes:
    values = {
        "DecModSeqNo": "",
        "DecModType": kind,
        "EntryId": own.entry,
        "CustomsCode": cargo.office.code,
        "TradeCode": cargo.trader.code,
        "DecModNote": note,
        "CheckMark": "0",
        "DecSeqNo": own.unified,
        "IeFlag": "E" if cargo.direction == "export" else "I",
        "OperType": "C",
    }
    head = f"<DecModHead>{elements(values)}</DecModHead>"
    return f"{UTF_8}<DecModMessage {NAMESPACE}>{head}</DecModMessage>\n".encode()


def amendment_response(*, entry: str, code: str, text: str) -> bytes:
    values = {"EntryId": entry, "ResultMessage": text, "ResultCode": code}
    return f"{UTF_8}<DecModSaveResponse {NAMESPACE}>{elements(values)}</DecModSaveResponse>\n".encode()
