"""Messages as bytes, one builder for each format; fields go by their names on the wire, in their order.

A field that is None is an empty tag, a mapping is nested, a list repeats its name. A name may carry attributes.
"""

from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypeAlias

BEIJING = timedelta(hours=8)
Field: TypeAlias = "str | Mapping[str, Field] | list[Field] | None"
Fields: TypeAlias = Mapping[str, Field]


def elements(fields: Fields) -> str:
    """Fields as XML."""
    return "".join(_element(name, value) for name, value in fields.items())


def _element(name: str, value: Field) -> str:
    if isinstance(value, list):
        return "".join(_element(name, item) for item in value)
    if value is None:
        return f"<{name}/>"
    text = value if isinstance(value, str) else elements(value)
    return f"<{name}>{text}</{name.split()[0]}>"


def _message(root: str, fields: Fields) -> bytes:
    return _element(root, fields).encode()


def beijing(at: datetime) -> str:
    """A time as China customs states it, and generation B and the envelope write it."""
    return f"{at + BEIJING:%Y-%m-%dT%H:%M:%S}"


def beijing_compact(at: datetime) -> str:
    """The same as generation A writes it, to the hundredth of a second."""
    return f"{at + BEIJING:%Y%m%dT%H%M%S}00"


def dec_result(**fields: Field) -> bytes:
    """A business receipt of generation B."""
    return _message("DEC_RESULT", fields)


def dec_data(*, version: str | None = None, info: str | None = None, **fields: Field) -> bytes:
    """A business receipt of generation A, with its INTERFACE_VERSION and RESULT_INFO if they are given."""
    before = {} if version is None else {"INTERFACE_VERSION": version}
    after = {} if info is None else {"RESULT_INFO": info}
    return _message("DEC_DATA", {**before, "DEC_RESULT": fields, **after})


def import_response(**fields: Field) -> bytes:
    """A technical receipt."""
    return _message("DecImportResponse", fields)


def smart_card(**fields: Field) -> bytes:
    """A failure of the smart-card client."""
    return _message("Root", fields)


def declaration(head: Fields, sign: Fields, **between: Field) -> bytes:
    """A declaration on its way out; what stands between head and signature goes by its own names."""
    return _message("DecMessage", {"DecHead": head, **between, "DecSign": sign})


def amendment(head: Fields, **after: Field) -> bytes:
    """A request to amend or withdraw."""
    return _message("DecModMessage", {"DecModHead": head, **after})


def amendment_response(**fields: Field) -> bytes:
    """Whether such a request was taken in."""
    return _message("DecModSaveResponse", fields)


def delivered(**fields: Field) -> bytes:
    """The acknowledgement that an envelope was delivered."""
    return _message("DxpRep", fields)


def envelope(
    inner: bytes,
    *,
    key: str = "CUS_CIQ_NO",
    number: str = "I20260000000000001",
    envelope_id: str = "DXPESW0000000001202603010918330001",
) -> bytes:
    """A message in the envelope between nodes, which names one number of it."""
    transport: Fields = {
        "CopMsgId": envelope_id,
        "SenderId": "DXPESW0000000001",
        "ReceiverIds": {"ReceiverId": "DXPEDCCUS0000001"},
        "CreatTime": "2026-03-01T09:18:33",
        "MsgType": "DECCUSSH1",
    }
    added: Fields = {"FileName": "a.xml", "BizKey": {f'Key name="{key}"': number}}
    return _message("DxpMsg", {"TransInfo": transport, "Data": b64encode(inner).decode(), "AddInfo": added})


def response(**fields: Field) -> bytes:
    """A notification of UK CDS that stands alone."""
    return _message("Response", fields)


def notification(*responses: Fields, **head: Field) -> bytes:
    """Notifications of UK CDS within their MetaData."""
    return _message("MetaData", {**head, "Response": [*responses]})
