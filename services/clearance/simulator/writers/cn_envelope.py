"""DxpMsg, the envelope between e-port nodes, with another message in base64; and DxpRep: it was delivered."""

from base64 import b64encode
from datetime import datetime

from clearance.simulator.writers.text import UTF_8, elements, written_out

NAMESPACE = "http://www.chinaport.gov.cn/dxp"
DATA_CENTRE = "DXPEDC0000000001"


def envelope(
    inside: bytes, *, message: str, sender: str, receiver: str, kind: str, created_at: datetime, keys: dict[str, str]
) -> bytes:
    """`message` is the CopMsgId, `keys` the BizKey: numbers that the envelope itself names."""
    listed = "".join([f'<dxp:Key name="{name}">{value}</dxp:Key>' for name, value in keys.items()])
    named = {"dxp:CreatTime": written_out(created_at), "dxp:MsgType": kind}
    return (
        f'{UTF_8}<dxp:DxpMsg xmlns:dxp="{NAMESPACE}" ver="1.0"><dxp:TransInfo>'
        f"{elements({'dxp:CopMsgId': message, 'dxp:SenderId': sender})}"
        f"<dxp:ReceiverIds><dxp:ReceiverId>{receiver}</dxp:ReceiverId></dxp:ReceiverIds>{elements(named)}"
        f"</dxp:TransInfo><dxp:Data>{b64encode(inside).decode()}</dxp:Data><dxp:AddInfo>"
        f"{elements({'dxp:FileName': f'{message}.xml', 'dxp:IcCard': ''})}<dxp:BizKey>{listed}</dxp:BizKey>"
        "<dxp:IsText>true</dxp:IsText></dxp:AddInfo></dxp:DxpMsg>\n"
    ).encode()


def exchanged(*, code: str, text: str, message: str, sender: str, kind: str, at: datetime) -> bytes:
    answer = {"ResponseCode": code, "ResponseInfo": text, "Results": "", "NoticeTime": written_out(at)}
    head = elements({"CopMsgId": message, "SenderId": sender, "MsgType": kind})
    return f'{UTF_8}<DxpRep xmlns="{NAMESPACE}">{elements(answer)}<OriHead>{head}</OriHead></DxpRep>\n'.encode()
