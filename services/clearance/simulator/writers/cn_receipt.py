"""业务回执, in both generations. `channel` is the code, `at` the authority's time or None where it states none."""

from datetime import datetime

from clearance.simulator.life import Consignment
from clearance.simulator.writers.text import GB2312, UTF_8, compact, element, elements, written_out

WIDTH = 18
"""ENTRY_ID is padded with spaces in generation A."""
MODES = {"sea": "2", "rail": "3", "road": "4", "air": "5"}
"""TRAF_MODE, TrafMode."""


def generation_b(
    cargo: Consignment, *, number: str, entry: str, at: datetime | None, channel: str, note: str, declared_on: datetime
) -> bytes:
    values = {
        "CUS_CIQ_NO": number,
        "ENTRY_ID": entry,
        "NOTICE_DATE": written_out(at),
        "CHANNEL": channel,
        "NOTE": note,
        "CUSTOM_MASTER": cargo.office.code,
        "I_E_DATE": "",
        "D_DATE": written_out(declared_on)[:10],
    }
    return f"{UTF_8}<DEC_RESULT>{elements(values)}</DEC_RESULT>\n".encode()


def generation_a(
    cargo: Consignment, *, number: str, entry: str, at: datetime | None, channel: str, note: str, declared_on: datetime
) -> bytes:
    values = {
        "SEQ_NO": number,
        "ENTRY_ID": entry.ljust(WIDTH),
        "NOTICE_DATE": compact(at),
        "CHANNEL": channel,
        "NOTE": note,
        "DECL_PORT": cargo.office.code,
        "AGENT_NAME": cargo.broker.name,
        "DECLARE_NO": cargo.broker.code,
        "TRADE_CO": cargo.trader.code,
        "CUSTOMS_FIELD": "",
        "BONDED_NO": "",
        "I_E_DATE": "",
        "PACK_NO": str(cargo.packages),
        "BILL_NO": "",
        "TRAF_MODE": MODES[cargo.mode],
        "VOYAGE_NO": cargo.voyage,
        "NET_WT": f"{cargo.net_kg:g}",
        "GROSS_WT": f"{cargo.gross_kg:g}",
        "D_DATE": compact(declared_on)[:8],
    }
    inside = f"<DEC_RESULT>{elements(values)}</DEC_RESULT>{element('RESULT_INFO', '')}"
    return f"{GB2312}<DEC_DATA>\n{inside}\n</DEC_DATA>\n".encode("gb18030")
