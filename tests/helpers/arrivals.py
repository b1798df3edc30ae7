"""Messages and commands as they arrive, each with one code and one time; times are counted from Monday morning."""

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace
from tests import messages

from clearance.events.anomalies.ledger import Anomaly
from clearance.events.partition.replay import Arrival
from clearance.events.receipts.facts import Statement

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""09:00 of a working day in Beijing, and 01:00 of one in London."""

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
IMPORT, EXPORT = "I20260000000000001", "E20260000000000001"
MRN = "26GB00000000000001"


def channel(
    code: str,
    after: timedelta = timedelta(),
    *,
    number: str = IMPORT,
    entry: str = "",
    note: str = "",
    arrives: timedelta | None = None,
    system: str = "cn-channel",
    timed: bool = True,
) -> Arrival:
    """A business receipt of generation B, stated `after` Monday morning; it `arrives` then, or later."""
    data = messages.dec_result(
        CUS_CIQ_NO=number,
        ENTRY_ID=entry,
        NOTICE_DATE=messages.beijing(MONDAY + after) if timed else "",
        CHANNEL=code,
        NOTE=note,
    )
    return _arrival(f"{system} {code}", data, after if arrives is None else arrives, system)


def receipt(
    code: str,
    minutes: float = 0,
    *,
    seq: str = "",
    entry: str = "",
    bill: str = "",
    office: str = "2901",
    mode: str = "2",
) -> Arrival:
    """A business receipt of generation A, which carries every kind of number. `seq`: unified or temporary number."""
    at = MONDAY + timedelta(minutes=minutes)
    data = messages.dec_data(
        SEQ_NO=seq,
        ENTRY_ID=entry,
        NOTICE_DATE=messages.beijing_compact(at),
        CHANNEL=code,
        NOTE="",
        DECL_PORT=office,
        BILL_NO=bill,
        TRAF_MODE=mode,
    )
    return Arrival(name=code, at=at, data=data, organisation="demo-broker")


def unified(number: int, direction: str = "E") -> str:
    """A 统一编号."""
    return f"{direction}2026{number:013d}"


def imported(code: int = 0, after: timedelta = timedelta(), *, text: str = "") -> Arrival:
    """A technical receipt; it states no time."""
    data = messages.import_response(ResponseCode=str(code), ErrorMessage=text, SeqNo=IMPORT)
    return _arrival(f"import {code}", data, after)


def smart_card(code: str) -> Arrival:
    """A failure of the card reader; it names no declaration, the file name does."""
    data = messages.smart_card(resultFlag={"Type": "1"}, failCode=code, failInfo="50200")
    return Arrival(name=f"card {code}", at=MONDAY, data=data, hints=(f"unified:{IMPORT}",))


def sent(operation: str = "C", after: timedelta = timedelta(), *, number: str = IMPORT, mode: str = "2") -> Arrival:
    """The declaration itself, on its way out."""
    head = {"SeqNo": number, "IEFlag": number[0], "TrafMode": mode}
    return _arrival(f"declaration {operation}", messages.declaration(head, {"OperType": operation}), after)


def amendment(kind: int = 1, after: timedelta = timedelta(), *, operation: str = "C") -> Arrival:
    """A request to amend (1) or withdraw (2)."""
    data = messages.amendment({"DecModType": str(kind), "DecSeqNo": IMPORT, "OperType": operation})
    return _arrival(f"amendment {kind}{operation}", data, after)


def amendment_response(code: int, after: timedelta = timedelta()) -> Arrival:
    data = messages.amendment_response(EntryId=IMPORT, ResultCode=str(code))
    return _arrival(f"amendment response {code}", data, after)


def dms(
    code: str,
    after: timedelta = timedelta(),
    *,
    name: str = "",
    errors: tuple[str, ...] = (),
    reference: str = "",
    lrn: str = "",
    version: str = "1",
    text: str = "",
    arrives: timedelta | None = None,
    conversation: str = "",
) -> Arrival:
    """A notification of UK CDS. One that refuses a declaration says so by its `lrn` and version 1."""
    response: messages.Fields = {
        "FunctionCode": code,
        "FunctionalReferenceID": reference or f"{code}{name}{after.total_seconds():.0f}",
        "IssueDateTime": {"DateTimeString": f"{MONDAY + after:%Y%m%d%H%M%S}Z"},
        "Error": [{"ValidationCode": error} for error in errors],
        "AdditionalInformation": [{"StatementDescription": text}] * bool(text),
        "Status": {"NameCode": name},
        "Declaration": {
            **({"FunctionalReferenceID": lrn} if lrn else {}),
            "ID": MRN,
            "VersionID": [version] * bool(version),
        },
    }
    came = _arrival(f"DMS {code}", messages.notification(response), after if arrives is None else arrives)
    return replace(came, conversation=conversation)


def planned(after: timedelta, *, declaration: str, vessel: str = "", **times: timedelta) -> Arrival:
    """A transport plan: `cut_off_at`, `arrived_at` or `departure_at`, counted from Monday morning."""
    body = {name: (MONDAY + time).isoformat() for name, time in times.items()}
    body |= {"vessel": vessel} if vessel else {}
    return _command("transport_plan", after, declaration, body)


def acknowledged(anomaly: Anomaly, after: timedelta, *, declaration: str) -> Arrival:
    body = {"rule": anomaly.rule, "deadline": anomaly.deadline.isoformat()}
    return _command("acknowledge", after, declaration, body)


def by_hand(
    kind: str, anomaly: Anomaly, after: timedelta, *, declaration: str, organisation: str = "", **said: str
) -> Arrival:
    """Somebody does something about an anomaly."""
    body = {"rule": anomaly.rule, "deadline": anomaly.deadline.isoformat(), **said}
    return _command(kind, after, declaration, body, organisation)


def answered(after: timedelta, *, declaration: str) -> Arrival:
    """A user states that the question of customs is answered."""
    return _command("answer_query", after, declaration, {})


def _command(kind: str, after: timedelta, declaration: str, body: dict[str, str], organisation: str = "") -> Arrival:
    at = MONDAY + after
    statement = Statement(f"{kind}-{after}", kind, at, organisation, body)  # type: ignore[arg-type] # one of the kinds
    return Arrival(name=kind, at=at, kind="command", declaration=declaration, statement=statement)


def _arrival(name: str, data: bytes, after: timedelta, system: str = "cn-channel") -> Arrival:
    return Arrival(name=name, at=MONDAY + after, data=data, system=system)
