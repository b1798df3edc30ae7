"""What the formats have in common: escaped text, Beijing times in the two forms."""

from datetime import datetime
from html import escape

from clearance.authorities.cn.times import BEIJING

UTF_8 = '<?xml version="1.0" encoding="UTF-8"?>\n'
GB2312 = '<?xml version="1.0" encoding="GB2312"?>\n'


def element(name: str, value: str) -> str:
    return f"<{name}>{escape(value, quote=False)}</{name}>"


def elements(values: dict[str, str]) -> str:
    """One element for each, in their order."""
    return "".join([element(name, value) for name, value in values.items()])


def written_out(at: datetime | None) -> str:
    """2026-03-02T09:00:00, or nothing."""
    return "" if at is None else at.astimezone(BEIJING).isoformat()[:19]


def compact(at: datetime | None) -> str:
    """20260302T09000000 with hundredths, or nothing."""
    return "" if at is None else written_out(at).replace("-", "").replace(":", "") + "00"


def digits(at: datetime) -> str:
    """20260302090000"""
    return written_out(at).translate(ONLY_DIGITS)


ONLY_DIGITS = str.maketrans("", "", "-:T")
