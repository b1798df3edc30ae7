"""业务回执, in both generations: its fields, and the fields as bytes."""

from datetime import datetime

from msgspec import Struct

from clearance.simulator.life import Consignment
from clearance.simulator.writers.text import GB2312, UTF_8, compact, element, elements, written_out

WIDTH = 18
"""ENTRY_ID is padded with spaces in generation A."""
MODES = {"sea": "2", "rail": "3", "road": "4", "air": "5"}
"""TRAF_MODE, TrafMode."""


class Said(Struct, frozen=True, kw_only=True):
    """What a receipt says of a declaration. `channel` is the code, `at` the authority's time or None where it states
    none."""

    number: str
    entry: str
    at: datetime | None
    channel: str
    note: str
    declared_on: datetime


def fields_b(cargo: Consignment, said: Said) -> dict[str, str]:
    return {
        "CUS_CIQ_NO": said.number,
        "ENTRY_ID": said.entry,
        "NOTICE_DATE": written_out(said.at),
        "CHANNEL": said.channel,
        "NOTE": said.note,
        "CUSTOM_MASTER": cargo.office.code,
        "I_E_DATE": "",
        "D_DATE": written_out(said.declared_on)[:10],
    }


def fields_a(cargo: Consignment, said: Said) -> dict[str, str]:
    return {
        "SEQ_NO": said.number,
        "ENTRY_ID": said.entry.ljust(WIDTH),
        "NOTICE_DATE": compact(said.at),
        "CHANNEL": said.channel,
        "NOTE": said.note,
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
        "D_DATE": compact(said.declared_on)[:8],
    }


def generation_b(fields: dict[str, str]) -> bytes:
    return f"{UTF_8}<DEC_RESULT>{elements(fields)}</DEC_RESULT>\n".encode()


def generation_a(fields: dict[str, str]) -> bytes:
    inside = f"<DEC_RESULT>{elements(fields)}</DEC_RESULT>{element('RESULT_INFO', '')}"
    return f"{GB2312}<DEC_DATA>\n{inside}\n</DEC_DATA>\n".encode("gb18030")
