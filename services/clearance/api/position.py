"""A position: where in the log lies what a command, a plan or a message wrote; a read that names it waits for that.

The surprise: it is a number for each partition that was written to, and means "folded up to there" in each. So it holds
on every replica, whichever of them wrote, and may be joined with another by a comma.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Annotated

import msgspec
from fastapi import Query
from msgspec import Struct

from clearance.api import parameters, tokens
from clearance.api.problems import Problem
from clearance.api.request import Ask, Asked
from clearance.api.waiting import FOLDED, preferred
from clearance.kafka.names import Names
from clearance.kafka.places import Place
from clearance.settings.clock import monotonic
from clearance.store.rows import Folded

POSITION = "Clearance-Position"
AGAIN_SECONDS = 1
"""After so long a position that is not folded yet is worth another request."""
OFFSETS = 2**63
BEHIND = ("behind", "position-of-another-epoch")
"""What a route that takes `min_position` may answer."""
MinPosition = Annotated[
    str | None,
    Query(
        max_length=2000,
        pattern="^[A-Za-z0-9_,-]*$",
        description=f"`{POSITION}` of an answer to something that you wrote: what you are told has that in it. Several "
        "are joined by commas. Until it is there the answer waits as `Prefer: wait=10` says, then it is 503.",
    ),
]


class Position(Struct, frozen=True, array_like=True):
    """`offsets` are those of the last record that was written, by partition; `epoch` is the one whose inputs they are
    counted in."""

    epoch: int
    offsets: dict[int, int]


def told(epoch: int, places: Iterable[Place]) -> dict[str, str]:
    """The header that tells of records that were appended; none, where another epoch than that of the base log is
    answered from: its store does not count in the offsets of the base log."""
    offsets: dict[int, int] = {}
    inputs = Names.of(epoch).inputs
    for place in places:
        if place.topic != inputs:
            return {}
        offsets[place.partition] = max(place.offset, offsets.get(place.partition, place.offset))
    if not offsets:
        return {}
    return {POSITION: tokens.text_of(msgspec.msgpack.encode(Position(epoch, offsets)))}


def read(text: str, epoch: int) -> list[Position]:
    """The positions that are joined. Raises `Problem` for what was not given out here, or is of another epoch."""
    try:
        found = [_POSITION.decode(tokens.bytes_of(one)) for one in text.split(",")]
        if not all(0 <= number < OFFSETS for one in found for place in one.offsets.items() for number in place):
            raise ValueError("no position")
    except (msgspec.DecodeError, ValueError) as error:
        raise tokens.refused("query", "min_position", f"the header {POSITION}") from error
    if any(one.epoch != epoch for one in found):
        raise Problem("position-of-another-epoch", epoch=epoch)
    return found


async def reached(ask: Ask, min_position: MinPosition = None, prefer: parameters.Prefer = "") -> None:
    """Of a route: what it reads has the position in it. Raises `Problem`, if not in the time that the client prefers to
    wait."""
    if min_position is None:
        return
    wanted, end = read(min_position, ask.epoch), monotonic() + preferred(prefer)
    with ask.waiters.waiting([FOLDED]) as waiter:
        while not await ask.run("cheap", partial(_is_folded, ask, wanted)):
            if not await ask.news(waiter, end):
                raise Problem("behind", {"Retry-After": str(AGAIN_SECONDS)})


def _is_folded(ask: Asked, wanted: Sequence[Position]) -> bool:
    with ask.reading() as reader:
        folded = reader.progress()
    return has(folded, wanted)


def has(folded: Iterable[Folded], wanted: Iterable[Position]) -> bool:
    """Whether all that is wanted is in a store that is folded so far."""
    up_to = {one.partition: one.position for one in folded}
    return all(offset <= up_to.get(partition, -1) for one in wanted for partition, offset in one.offsets.items())


_POSITION = msgspec.msgpack.Decoder(Position)
