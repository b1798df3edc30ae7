"""Small messages for the tests of rules and tables, each with one code and one time; and a replay of them."""

from datetime import UTC, datetime, timedelta

from clearance.events.anomalies.ledger import Anomaly
from clearance.events.partition.replay import Arrival
from clearance.events.receipts.facts import Statement

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""09:00 of a working day in Beijing, and 01:00 of one in London."""

BEIJING = timedelta(hours=8)
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
    stated = f"{MONDAY + BEIJING + after:%Y-%m-%dT%H:%M:%S}" if timed else ""
    data = (
        f"<DEC_RESULT><CUS_CIQ_NO>{number}</CUS_CIQ_NO><ENTRY_ID>{entry}</ENTRY_ID><NOTICE_DATE>{stated}</NOTICE_DATE>"
        f"<CHANNEL>{code}</CHANNEL><NOTE>{note}</NOTE></DEC_RESULT>"
    )
    return _arrival(f"{system} {code}", data, after if arrives is None else arrives, system)


def imported(code: int = 0, after: timedelta = timedelta(), *, text: str = "") -> Arrival:
    """A technical receipt; it states no time."""
    data = (
        f"<DecImportResponse><ResponseCode>{code}</ResponseCode><ErrorMessage>{text}</ErrorMessage>"
        f"<SeqNo>{IMPORT}</SeqNo></DecImportResponse>"
    )
    return _arrival(f"import {code}", data, after)


def smart_card(code: str) -> Arrival:
    """A failure of the card reader; it names no declaration, the file name does."""
    data = f"<Root><resultFlag><Type>1</Type></resultFlag><failCode>{code}</failCode><failInfo>50200</failInfo></Root>"
    return Arrival(name=f"card {code}", at=MONDAY, data=data.encode(), hints=(f"unified:{IMPORT}",))


def sent(operation: str = "C", after: timedelta = timedelta(), *, number: str = IMPORT, mode: str = "2") -> Arrival:
    """The declaration itself, on its way out."""
    data = (
        f"<DecMessage><DecHead><SeqNo>{number}</SeqNo><IEFlag>{number[0]}</IEFlag><TrafMode>{mode}</TrafMode></DecHead>"
        f"<DecSign><OperType>{operation}</OperType></DecSign></DecMessage>"
    )
    return _arrival(f"declaration {operation}", data, after)


def amendment(kind: int = 1, after: timedelta = timedelta(), *, operation: str = "C") -> Arrival:
    """A request to amend (1) or withdraw (2)."""
    data = (
        f"<DecModMessage><DecModHead><DecModType>{kind}</DecModType><DecSeqNo>{IMPORT}</DecSeqNo>"
        f"<OperType>{operation}</OperType></DecModHead></DecModMessage>"
    )
    return _arrival(f"amendment {kind}{operation}", data, after)


def amendment_response(code: int, after: timedelta = timedelta()) -> Arrival:
    data = f"<DecModSaveResponse><EntryId>{IMPORT}</EntryId><ResultCode>{code}</ResultCode></DecModSaveResponse>"
    return _arrival(f"amendment response {code}", data, after)


def dms(
    code: str,
    after: timedelta = timedelta(),
    *,
    name: str = "",
    errors: tuple[str, ...] = (),
    reference: str = "",
    arrives: timedelta | None = None,
) -> Arrival:
    """A notification of UK CDS."""
    listed = "".join(f"<Error><ValidationCode>{error}</ValidationCode></Error>" for error in errors)
    data = (
        f"<MetaData><Response><FunctionCode>{code}</FunctionCode>"
        f"<FunctionalReferenceID>{reference or f'{code}{name}{after.total_seconds():.0f}'}</FunctionalReferenceID>"
        f"<IssueDateTime><DateTimeString>{MONDAY + after:%Y%m%d%H%M%S}Z</DateTimeString></IssueDateTime>"
        f"{listed}<Status><NameCode>{name}</NameCode></Status>"
        f"<Declaration><ID>{MRN}</ID></Declaration></Response></MetaData>"
    )
    return _arrival(f"DMS {code}", data, after if arrives is None else arrives)


def planned(after: timedelta, *, declaration: str, **times: timedelta) -> Arrival:
    """A transport plan: `arrived_at` or `departure_at`, counted from Monday morning."""
    body = {name: (MONDAY + time).isoformat() for name, time in times.items()}
    return _command("transport_plan", after, declaration, body)


def acknowledged(anomaly: Anomaly, after: timedelta, *, declaration: str) -> Arrival:
    body = {"rule": anomaly.rule, "deadline": anomaly.deadline.isoformat()}
    return _command("acknowledge", after, declaration, body)


def _command(kind: str, after: timedelta, declaration: str, body: dict[str, str]) -> Arrival:
    at = MONDAY + after
    statement = Statement(f"{kind}-{after}", kind, at, "self", body)  # type: ignore[arg-type] # one of the four
    return Arrival(name=kind, at=at, kind="command", declaration=declaration, statement=statement)


def _arrival(name: str, data: str, after: timedelta, system: str = "cn-channel") -> Arrival:
    return Arrival(name=name, at=MONDAY + after, data=data.encode(), system=system)
