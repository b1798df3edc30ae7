"""What the Chinese formats have in common: numbers and details."""

import re
from collections.abc import Iterable

from clearance.authorities.cn.kinds import checked, scoped
from clearance.authorities.cn.transport_modes import transport_modes
from clearance.events.receipts.parts import MAX_DETAIL
from clearance.events.values.errors import InvalidMessage

MAX_NUMBERS = 500
MAX_SEARCH = 40
DIRECTIONS = {"I": "import", "E": "export"}
ENTRY_FLAGS = {"1": "import", "0": "export", **DIRECTIONS}
"""By the ninth character of a 海关编号; on a collective list (集中申报清单) a letter, by 公告 2018 年第 60 号."""
ENTRY = re.compile(r"\d{8}[\dIE]\d{9}", re.ASCII)
QUANTITY = re.compile(r"\d{1,19}(\.\d{1,10})?", re.ASCII)


def number(kind: str, value: str) -> str:
    """A number; a 统一编号 by its shape, wherever it stands, since fields change their use mid-life. "" if none.

    Raises `InvalidMessage`.
    """
    if len(value) == 18 and value.isascii():
        if value[0] in DIRECTIONS and value[1:].isdigit():
            return "unified:" + value
        if kind == "entry" and (value.isdigit() or ENTRY.fullmatch(value)):
            return "entry:" + value if value.strip("0") else ""
    if not value.strip("0"):
        return ""
    if kind == "entry":
        raise InvalidMessage(
            f"海关编号 (entry) {value[:40]!r} is neither 18 digits, the ninth maybe I or E, nor a 统一编号"
        )
    return checked(kind, value)


def numbers(values: dict[str, str], fields: Iterable[tuple[str, str]]) -> list[str]:
    """The numbers in the named (field, kind) pairs of `values`, each once, in that order."""
    named: list[str] = []
    for field, kind in fields:
        value = values.get(field)
        if value and (held := number(kind, value)) and held not in named:
            named.append(held)
    return named


def client_number(value: str, sender: str) -> str:
    """ClientSeqNo identifies within its sender; alone it only finds."""
    if not value:
        return ""
    if sender:
        return scoped("sender-client-seq", sender, value)
    return search("client-seq", value)


def search(kind: str, value: str) -> str:
    """A number that only finds: white space is tidied, nothing is refused; "" if nothing is left."""
    tidy = " ".join(value.split())[:MAX_SEARCH]
    tidy = "".join(char for char in tidy if char.isprintable()).strip()
    return f"{kind}:{tidy}" if tidy else ""


def add_direction(details: dict[str, str], numbers: Iterable[str], flag: str = "") -> None:
    """`direction`, as the flag or the first number says it; `contradiction` where another number disagrees."""
    said = DIRECTIONS.get(flag, "")
    for number in numbers:
        if number[:8] == "unified:":
            says = DIRECTIONS[number[8]]
        elif number[:6] == "entry:":
            says = ENTRY_FLAGS.get(number[14], "")
        else:
            continue
        if said and says and says != said:
            details.setdefault("contradiction", number)
        said = said or says
    if said:
        details["direction"] = said


def details(values: dict[str, str], names: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The present fields of `values` under the names of the glossary, each at most 255 characters."""
    return {name: text[:MAX_DETAIL] for field, name in names if (text := values.get(field))}


def add_mode(details: dict[str, str], code: str | None) -> None:
    """`transport_mode` of a 运输方式 code; a code that the table does not hold says nothing."""
    if row := transport_modes().get(code or ""):
        details["transport_mode"] = row.mode


def add_quantities(details: dict[str, str], values: dict[str, str], names: Iterable[tuple[str, str]]) -> None:
    """Quantities; what cannot be one is left out and reported as a contradiction."""
    for field, name in names:
        text = values.get(field)
        if text and QUANTITY.fullmatch(text):
            details[name] = text
        elif text:
            details.setdefault("contradiction", f"{field} {text[:40]}")
