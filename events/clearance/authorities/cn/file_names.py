"""The number in the name that the import client gives a received file; for messages that carry none."""

import re

from clearance.authorities.cn import common
from clearance.authorities.cn.kinds import checked
from clearance.events.values.errors import InvalidMessage

FAILED = re.compile(r"(?:Successed|Failed)_(?P<message>[0-9A-Za-z._-]+)_\d{14,17}\.xml", re.IGNORECASE)
RECEIPT = re.compile(r"Receipt_(?P<number>[0-9A-Za-z]+)_\d{14,17}\.xml", re.IGNORECASE)


def numbers_in_name(name: str) -> tuple[str, ...]:
    """The number, as `kind:value`; none if the name is another one."""
    try:
        if parts := FAILED.fullmatch(name):
            return (checked("cop-msg", parts["message"]),)
        if (parts := RECEIPT.fullmatch(name)) and (number := common.number("temporary", parts["number"])):
            return (number,)
    except InvalidMessage:
        return ()
    return ()
