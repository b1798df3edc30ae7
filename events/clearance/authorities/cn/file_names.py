"""What the name that the import client gives a received file tells: a number, for messages that carry none, and when
the file was written, for messages that state no time.

`Successed_`, `Failed_`, `Receipt_`, then a number, then the stamp (CLIENTPDF 回执命名规范): seventeen digits by the
specification, fourteen to twenty-three as found. People and other clients name files in their own words: the stamp is
known by being the last run of so many digits.
"""

import re
from datetime import UTC, datetime

from clearance.authorities.cn import common
from clearance.authorities.cn.kinds import checked
from clearance.authorities.cn.times import BEIJING
from clearance.events.values.errors import InvalidMessage

ENDING = r"[-_ ]\d{14,23}(?:[^0-9A-Za-z_][^_]{0,20})?\.xml"
"""The stamp; a copy bears a mark behind it: ` (1)`, `.2`, ` - 副本`."""
SENT = re.compile(rf"(?:Successed|Failed)_(?P<message>[0-9A-Za-z._-]+?){ENDING}", re.ASCII | re.IGNORECASE)
RECEIPT = re.compile(rf"Receipt_(?P<number>[0-9A-Za-z]+){ENDING}", re.ASCII | re.IGNORECASE)
UNIFIED = re.compile(r"(?<![0-9A-Za-z])[IE]\d{17}(?![0-9A-Za-z])", re.ASCII)
STAMP = re.compile(r"(?<![0-9A-Za-z])(?!\d{4}20\d\d[01]\d{9}(?!\d))\d{14,23}(?![0-9A-Za-z])", re.ASCII)
"""A 海关编号 is none: where it has its year, a stamp has month and day."""
MAX_NAME = 255
"""Longer than any file system takes."""


def numbers_in_name(name: str) -> tuple[str, ...]:
    """The number, as `kind:value`; none if the name holds none. In a name in other words it is a 统一编号."""
    try:
        if parts := SENT.fullmatch(name[:MAX_NAME]):
            return (checked("cop-msg", parts["message"]),)
        if parts := RECEIPT.fullmatch(name[:MAX_NAME]):
            return tuple(filter(None, (common.number("temporary", parts["number"]),)))
    except InvalidMessage:
        return ()
    found = {*UNIFIED.findall(name[:MAX_NAME])}
    return (f"unified:{found.pop()}",) if len(found) == 1 else ()


def time_in_name(name: str) -> datetime | None:
    """The first fourteen digits of the stamp as a time in Beijing; None without one, or if it is no time."""
    if not (stamps := STAMP.findall(name[:MAX_NAME])):
        return None
    try:
        time = datetime.strptime(stamps[-1][:14], "%Y%m%d%H%M%S").replace(tzinfo=BEIJING)
    except ValueError:
        return None
    return time.astimezone(UTC) if 2000 <= time.year < 2100 else None
