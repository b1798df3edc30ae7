"""Quotas: how much may be asked in a minute, and what is left of it. Pure: the time is an argument.

The surprise: a request is charged before it is answered, so that many at once cannot pass a check together; the charge
is taken back for what turns out to cost nothing. A window begins at another second of the minute for each, so that
not all come back at the same moment.
"""

import ipaddress
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

WINDOW_SECONDS = 60
MOST = 100_000
"""How many are counted at once; beyond, who came first is forgotten. Organisations are few, addresses are not."""


Window = tuple[str, int]
"""Whose, and its number."""


class Standing(NamedTuple):
    """Where somebody stands: `left` of `limit` for `seconds` more; `refused` if there was nothing left to charge."""

    limit: int
    left: int
    seconds: int
    refused: bool

    def headers(self) -> dict[str, str]:
        """draft-ietf-httpapi-ratelimit-headers-11, and `Retry-After` for who is refused."""
        (_, policy), (_, left) = self.raw_headers()
        told = {"RateLimit-Policy": policy.decode(), "RateLimit": left.decode()}
        return told | {"Retry-After": str(self.seconds)} if self.refused else told

    def raw_headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """The same without `Retry-After`, as a server sends them."""
        left = b'"requests";r=%d;t=%d' % (self.left, self.seconds)
        return _policy(self.limit), (b"ratelimit", left)


def network_of(address: str) -> str:
    """As whom an address is counted: itself, or its /64, since whoever has one IPv6 address has all of those."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    return address if known.version == 4 else str(ipaddress.ip_network((int(known), 64), strict=False))


@lru_cache(1000)
def _policy(limit: int) -> tuple[bytes, bytes]:
    return b"ratelimit-policy", b'"requests";q=%d;w=%d' % (limit, WINDOW_SECONDS)


@lru_cache(MOST)
def _ahead(who: str) -> int:
    """By how many seconds a window of theirs begins before the minute."""
    return crc32(who.encode()) % WINDOW_SECONDS


def current(now: float) -> int:
    """The lowest number of a window that is not over at this Unix time."""
    return int(now) // WINDOW_SECONDS


class Quotas:
    """What each has used of the current window: here, and `elsewhere`, which whoever learns of it sets as a whole."""

    def __init__(self, most: int = MOST) -> None:
        self.elsewhere: Mapping[Window, int] = {}
        self._used: dict[str, tuple[int, int]] = {}
        self._most = most

    def charge(self, who: str, limit: int, cost: int, now: float) -> Standing:
        """Charge so much at this Unix time, if anything is left. A cost of 0 only looks, a negative one is taken back.

        What is left need not cover the cost: an answer that turns out long is given, and the next one waits.
        """
        window, into = divmod(int(now) + _ahead(who), WINDOW_SECONDS)
        held, used = self._used.get(who, (window, 0))
        if held != window:
            used = 0
        others = self.elsewhere.get((who, window), 0) if self.elsewhere else 0
        refused = used + others >= limit and cost >= 0
        if not refused:
            used = max(0, used + cost)
            self._keep(who, window, used)
        return Standing(limit, max(0, limit - used - others), WINDOW_SECONDS - into, refused)

    def used(self, now: float) -> dict[Window, int]:
        """What was used here of windows that are not over at this Unix time."""
        first = current(now)
        return {(who, window): used for who, (window, used) in [*self._used.items()] if window >= first}

    def _keep(self, who: str, window: int, used: int) -> None:
        if who not in self._used and len(self._used) >= self._most:
            del self._used[next(iter(self._used))]
        self._used[who] = window, used
