"""The cursor of the feed: up to where a viewer has read, signed, and of use to that viewer only.

It tells nothing of others: positions move over what is not theirs. The surprise: it holds the identifiers that the
viewer had. What they gained or lost since is found by comparing, so no history of them has to be kept anywhere.
"""

from hashlib import blake2b
from typing import Literal

import msgspec
from msgspec import Struct

from clearance.api import tokens
from clearance.api.problems import Problem
from clearance.store.viewer import Viewer

SIGNATURE_BYTES = 12
OFFSETS = 2**63


class Walk(Struct, frozen=True, array_like=True):
    """Declarations told one by one, from the id `after` on: `all` that are seen, or what the viewer has `gained` or
    `lost` by having the identifiers `has` now."""

    of: Literal["all", "gained", "lost"]
    after: str = ""
    has: tuple[str, ...] = ()


class FeedCursor(Struct, frozen=True, array_like=True):
    """`positions` are the next offsets of events by partition; `turn` is the partition that is read first."""

    epoch: int
    positions: dict[int, int]
    identifiers: tuple[str, ...] = ()
    walk: Walk | None = None
    turn: int = 0


def written(cursor: FeedCursor, viewer: Viewer, secret: bytes) -> str:
    """The cursor for an address."""
    data = msgspec.msgpack.encode(cursor)
    return tokens.text_of(_signature(data, viewer, secret) + data)


def read(text: str, epoch: int, viewer: Viewer, secret: bytes) -> FeedCursor:
    """Raises `Problem` for one that was not given out here to this viewer, or in another epoch."""
    try:
        given = tokens.bytes_of(text)
        signature, data = given[:SIGNATURE_BYTES], given[SIGNATURE_BYTES:]
        if signature != _signature(data, viewer, secret):
            raise ValueError("not ours")
        cursor = _FEED_CURSOR.decode(data)
        if not all(0 <= one < OFFSETS for place in cursor.positions.items() for one in place):
            raise ValueError("no position")
    except (msgspec.DecodeError, ValueError) as error:
        raise tokens.refused("query", "cursor", "the answer before") from error
    if cursor.epoch != epoch:
        raise Problem("changes-of-another-epoch", epoch=epoch)
    return cursor


def _signature(data: bytes, viewer: Viewer, secret: bytes) -> bytes:
    return blake2b(data + viewer.mark.encode(), key=secret[:64], digest_size=SIGNATURE_BYTES).digest()


_FEED_CURSOR = msgspec.msgpack.Decoder(FeedCursor)
