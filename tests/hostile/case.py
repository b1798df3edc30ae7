"""What a case of the hostile corpus is, and how messages are bent into one."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import NamedTuple


class Refused(NamedTuple):
    """Refused, with one of these in the reason. `unparsed`: before a parser sees it."""

    reasons: tuple[str, ...]
    unparsed: bool = False


class Kept(NamedTuple):
    """Taken; what the first receipt must still say. None: not looked at."""

    code: str | None = None
    number: str | None = None
    text: str | None = None
    contradiction: bool | None = None
    timed: bool | None = None
    details: Mapping[str, str] = MappingProxyType({})


class Case(NamedTuple):
    """An input, built only when it is needed, so that big ones stay out of git; and what must become of it."""

    build: Callable[[], bytes]
    expected: Refused | Kept


Cases = dict[str, Case]


def refused(message: str | bytes | Callable[[], bytes], *reasons: str, unparsed: bool = False) -> Case:
    """A case that must be refused."""
    return Case(_built(message), Refused(reasons, unparsed))


def kept(message: str | bytes | Callable[[], bytes], expected: Kept) -> Case:
    """A case that must be taken."""
    return Case(_built(message), expected)


def _built(message: str | bytes | Callable[[], bytes]) -> Callable[[], bytes]:
    if callable(message):
        return message
    return partial(bytes, message.encode() if isinstance(message, str) else message)


def swap(message: str, field: str, value: str) -> str:
    """The message with another value in the first `field`."""
    bent, count = re.subn(rf"<{field}(/>|>[^<]*</{field}>)", lambda _: f"<{field}>{value}</{field}>", message, count=1)
    assert count == 1, f"no {field} to swap"
    return bent


def after_root(message: str, more: str) -> str:
    """The message with `more` as the first content of its root."""
    at = message.index(">") + 1
    return message[:at] + more + message[at:]


def root_of(message: str) -> str:
    """The name of the root element."""
    return message[1 : message.index(">")]
