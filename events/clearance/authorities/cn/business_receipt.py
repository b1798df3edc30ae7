"""业务回执, the business receipt of a declaration, in both generations.

Generation A (SPEC67 §4, V3.1, GB2312): root `DEC_DATA` with one `DEC_RESULT`. Generation B (single window, UTF-8):
root `DEC_RESULT`, with `CUS_CIQ_NO`, sometimes `SEQ_NO` as well. Either may come in either encoding.
"""

from collections.abc import Iterator

from clearance.authorities.cn import common
from clearance.authorities.cn.flat import read_flat
from clearance.authorities.cn.in_advance import says_in_advance
from clearance.authorities.cn.note_tables import CHANNEL, Says, says
from clearance.authorities.cn.notes import noted
from clearance.authorities.cn.times import beijing
from clearance.events.receipts import parts
from clearance.events.receipts.particulars import bounded
from clearance.events.receipts.xml import child, fields
from clearance.events.tables.authority import Element
from clearance.events.values.errors import InvalidMessage
from clearance.events.values.particulars import Decision, Particular
from clearance.events.values.receipt import Receipt

DETAILS = (("CUSTOM_MASTER", "office"), ("D_DATE", "declared_on"), ("I_E_DATE", "import_export_on"))
MORE_DETAILS = (
    *DETAILS,
    ("DECL_PORT", "office"),
    ("AGENT_NAME", "agent_name"),
    ("TRADE_CO", "trade_code"),
    ("VOYAGE_NO", "voyage"),
)
QUANTITIES = (("PACK_NO", "packages"), ("NET_WT", "net_weight_kg"), ("GROSS_WT", "gross_weight_kg"))
NUMBERS = (("CUS_CIQ_NO", "temporary"), ("SEQ_NO", "temporary"), ("ENTRY_ID", "entry"))
ACCEPTED = frozenset({"L", "G", "J", "W", "SpL", "SpJ"})
"""Codes whose note may say that customs waits for the goods."""
DATA_CENTRE = frozenset({"7", "L"})


def generation_a(root: Element, sender: str, system: str) -> list[Receipt]:
    result = child(root, "DEC_RESULT")
    if result is None:
        raise InvalidMessage("DEC_DATA holds no DEC_RESULT")
    info = fields(root).get("RESULT_INFO", "")
    return [receipt(True, {**fields(result), "RESULT_INFO": info}, sender, system)]


def generation_b(root: Element, sender: str, system: str) -> list[Receipt]:
    return [receipt(False, fields(root), sender, system)]


def without_a_tree(data: bytes, sender: str, system: str) -> tuple[Receipt, ...] | None:
    """The receipt of a simple document; None for what the parser is to read. Raises `InvalidMessage`."""
    flat = read_flat(data)
    return None if flat is None else (receipt(*flat, sender, system),)


def receipt(generation_a: bool, values: dict[str, str], sender: str, system: str) -> Receipt:
    """The receipt of the fields of `DEC_RESULT`, however they were read. Raises `InvalidMessage`."""
    text = values.get("NOTE", "")
    if not generation_a:
        return _receipt(
            form="DEC_RESULT",
            values=values,
            text=text,
            details=common.details(values, DETAILS),
            sender=sender,
            system=system,
        )
    details = common.details(values, MORE_DETAILS)
    common.add_mode(details, values.get("TRAF_MODE"))
    common.add_quantities(details, values, QUANTITIES)
    if info := values.get("RESULT_INFO"):
        text = f"{text} {info}".strip()
    return _receipt(form="DEC_DATA", values=values, text=text, details=details, sender=sender, system=system)


def _receipt(
    form: str, values: dict[str, str], text: str, details: dict[str, str], sender: str, system: str
) -> Receipt:
    code = parts.code("CHANNEL", values.get("CHANNEL"))
    stated = values.get("NOTICE_DATE", "")
    occurred_at, precision, as_specified = beijing("NOTICE_DATE", stated)
    if not as_specified:
        details["time_as_written"] = stated
    if doubt := _time_in_doubt(code, stated, values.get("D_DATE", "")):
        details["time_in_doubt"] = doubt
    numbers = _numbers(values, sender, code)
    common.add_direction(details, numbers)
    if code in ACCEPTED and says_in_advance("NOTE", text):
        details["filed_in_advance"] = "yes"
    system = system or CHANNEL
    own = parts.receipt_id(code, stated, numbers[0] if numbers else "", text)
    told, info = says(system, code), values.get("RESULT_INFO", "")
    particulars, cut = bounded(_told(told, code, values.get("NOTE", ""), info)) if told or info else ((), False)
    return Receipt(
        system=system,
        code=code,
        receipt_id=own,
        occurred_at=occurred_at,
        numbers=tuple(numbers),
        format=form,
        text=text[: parts.MAX_TEXT],
        text_cut=len(text) > parts.MAX_TEXT,
        qualifier="",
        authority_time=stated,
        precision=precision,
        details=details,
        particulars=particulars,
        particulars_cut=cut,
    )


def _time_in_doubt(code: str, stated: str, declared_on: str) -> str:
    """Why a time cannot be right, "" if it can. The data centre states none by specification. Days that are written in
    two ways are not compared."""
    if not stated:
        return "" if code in DATA_CENTRE else "absent"
    if len(declared_on) not in (8, 10) or stated[:4] != declared_on[:4]:
        return ""
    day = stated[: len(declared_on)]
    return "before_declared" if day < declared_on and day.count("-") == declared_on.count("-") else ""


def _told(told: Says, code: str, note: str, info: str) -> Iterator[Particular]:
    """RESULT_INFO, the text of the result (SPEC67 §4), is an error or a question like the note, else a decision."""
    yield from noted(told, (note, info))
    if info and told not in ("error", "question"):
        yield Decision(code, info)


def _numbers(values: dict[str, str], sender: str, code: str) -> list[str]:
    numbers = common.numbers(values, NUMBERS)
    if (bill := values.get("BILL_NO")) and (searched := common.search("bill", bill)):
        numbers.append(searched)
    if client := values.get("CLIENTSEQ_NO"):
        numbers.append(common.client_number(client, sender))
    if code in DATA_CENTRE and values.get("NOTE", "").startswith("Z"):
        numbers += [number for number in _from_note(values["NOTE"]) if number not in numbers]
    return numbers


def _from_note(note: str) -> list[str]:
    """The first data-centre receipt returns the temporary number at the head of its NOTE (SPEC67 §4)."""
    length = next((i for i, char in enumerate(note) if not (char.isascii() and char.isalnum())), len(note))
    return [f"temporary:{note[:length]}"] if 10 <= length <= 18 else []
