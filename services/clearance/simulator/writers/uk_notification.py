"""UK CDS notifications (RES): plain as in HMRC's samples, or namespaced with unpadded codes and +01 offsets."""

from datetime import UTC, datetime, timedelta, timezone

from clearance.simulator.writers.text import UTF_8, element, elements

BST = timezone(timedelta(hours=1))
PREFIXES = (
    'xmlns:_2="urn:wco:datamodel:WCO:DocumentMetaData-DMS:2" xmlns:_2_1="urn:wco:datamodel:WCO:RES-DMS:2" '
    'xmlns:_2_2="urn:wco:datamodel:WCO:Response_DS:DMS:2"'
)


def notification(
    *,
    code: str,
    reference: str,
    at: datetime,
    mrn: str,
    lrn: str,
    version: int = 1,
    text: str = "",
    name: str = "",
    error: str = "",
    namespaced: bool = False,
) -> bytes:
    """`reference` is the notification's own id, `name` the NameCode of an answer, `error` the ValidationCode."""
    meta, response, time = ("_2:", "_2_1:", "_2_2:") if namespaced else ("", "", "")
    stated = f"{at.astimezone(BST):%Y%m%d%H%M%S}+01" if namespaced else f"{at.astimezone(UTC):%Y%m%d%H%M%S}Z"
    parts = [
        element(f"{response}FunctionCode", code.lstrip("0") if namespaced else code),
        element(f"{response}FunctionalReferenceID", reference),
        f'<{response}IssueDateTime><{time}DateTimeString formatCode="304">{stated}</{time}DateTimeString>'
        f"</{response}IssueDateTime>",
        _inside(response, "AdditionalInformation", "StatementDescription", text),
        _inside(response, "Error", "ValidationCode", error),
        _inside(response, "Status", "NameCode", name),
        f"<{response}Declaration>",
        elements({f"{response}FunctionalReferenceID": lrn, f"{response}ID": mrn, f"{response}VersionID": str(version)}),
        f"</{response}Declaration>",
    ]
    head = elements({f"{meta}WCODataModelVersionCode": "3.6", f"{meta}WCOTypeName": "RES"})
    opened = f"{meta}MetaData {PREFIXES}" if namespaced else f"{meta}MetaData"
    inside = f"{head}<{response}Response>{''.join(parts)}</{response}Response>"
    return f"{UTF_8}<{opened}>{inside}</{meta}MetaData>\n".encode()


def _inside(prefix: str, outer: str, inner: str, value: str) -> str:
    return f"<{prefix}{outer}>{element(prefix + inner, value)}</{prefix}{outer}>" if value else ""
