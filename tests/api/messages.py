"""Made-up receipts of generation A: the one format that carries every kind of number."""

from datetime import UTC, datetime, timedelta

from clearance.events.partition.replay import Arrival

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
BEIJING = timedelta(hours=8)


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
    """A receipt stated `minutes` after Monday morning and received at once. `seq`: unified or temporary number."""
    at = MONDAY + timedelta(minutes=minutes)
    data = (
        f"<DEC_DATA><DEC_RESULT><SEQ_NO>{seq}</SEQ_NO><ENTRY_ID>{entry}</ENTRY_ID>"
        f"<NOTICE_DATE>{at + BEIJING:%Y%m%dT%H%M%S}00</NOTICE_DATE><CHANNEL>{code}</CHANNEL><NOTE></NOTE>"
        f"<DECL_PORT>{office}</DECL_PORT><BILL_NO>{bill}</BILL_NO><TRAF_MODE>{mode}</TRAF_MODE></DEC_RESULT></DEC_DATA>"
    )
    return Arrival(name=code, at=at, data=data.encode(), organisation="demo-broker")


def unified(number: int, direction: str = "E") -> str:
    """A 统一编号."""
    return f"{direction}2026{number:013d}"
