"""导入回执: DecImportResponse, and what the client leaves behind when the card reader fails."""

from clearance.simulator.writers.text import UTF_8, elements


def import_response(*, code: str, text: str, client: str, seq_no: str) -> bytes:
    values = {"ResponseCode": code, "ErrorMessage": text, "ClientSeqNo": client, "SeqNo": seq_no, "TrnPreId": ""}
    namespace = "http://www.chinaport.gov.cn/dec"
    return f'{UTF_8}<DecImportResponse xmlns="{namespace}">{elements(values)}</DecImportResponse>\n'.encode()


def smart_card_failure(*, code: str, text: str) -> bytes:
    inside = elements({"failCode": code, "failInfo": text})
    return f"{UTF_8}<Root><resultFlag><Type>1</Type><Value>11</Value></resultFlag>{inside}</Root>\n".encode()
