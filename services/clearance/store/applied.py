"""What each batch changed, one row a batch: for readers that keep things in memory and must learn what is no longer so.

Numbers are taken under the lock of `connect.writing`, which is let go after the commit: so batches become visible in
the order of their numbers and without holes, however many write. The surprise: a store that is begun anew leaves one
number out, and so does the minute after which rows are removed. A hole says: everything may have changed.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, bindparam, delete, func, insert, select

from clearance.events.log.progress import Progress
from clearance.store.consumed_records import ConsumedEvent, ConsumedState
from clearance.store.derived import found_by, up_to
from clearance.store.rows import Folded
from clearance.store.schema import applied

KEPT = timedelta(minutes=1)
"""How long a batch can be followed."""


class NewState(Struct, frozen=True, array_like=True, gc=False):
    """A declaration is at another version: (epoch, src), of which seq events have been told. `numbers` are the values
    that it is found by, if they are others than before; else none. `parties` are the identifiers of who may see it,
    `former` those of who might once."""

    declaration: str
    partition: int
    epoch: int
    src: int
    seq: int
    numbers: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    former: tuple[str, ...] = ()


class NewEvent(Struct, frozen=True, array_like=True, gc=False):
    """An event of a declaration, and where it lies in its topic."""

    declaration: str
    partition: int
    offset: int


class AppliedBatch(Struct, frozen=True, array_like=True):
    """What one transaction of the projector changed: all of it is visible, and of the next one nothing yet or more.

    `progress` are the partitions that are folded further: what had come by their `wall_time` is in this batch or in
    those before it. `expectations` is the version of the table that came into force, 0 if none did.
    """

    states: tuple[NewState, ...] = ()
    events: tuple[NewEvent, ...] = ()
    progress: tuple[Folded, ...] = ()
    expectations: int = 0


class Numbered(Struct, frozen=True):
    """A batch and its number."""

    number: int
    batch: AppliedBatch


def what_changed(
    events: Iterable[ConsumedEvent],
    states: Iterable[tuple[ConsumedState, bool]],
    progress: Iterable[Progress],
    expectations: int,
    at: datetime,
) -> AppliedBatch:
    """Of what was news at that time; a state with whether it carries other numbers."""
    return AppliedBatch(
        tuple(_state(one, renumbered) for one, renumbered in states),
        tuple(NewEvent(one.declaration, one.partition, one.offset) for one in events),
        tuple(_folded(one, at) for one in progress),
        expectations,
    )


def _folded(one: Progress, at: datetime) -> Folded:
    return Folded(
        partition=one.partition,
        stream_time=one.stream_time,
        wall_time=up_to(one),
        applied_at=at,
        parked_since=one.parked_since,
        position=one.position,
    )


def _state(state: ConsumedState, renumbered: bool) -> NewState:
    one = state.indexed
    values = tuple(number.partition(":")[2] for number in found_by(one.numbers)) if renumbered else ()
    return NewState(
        declaration=one.declaration,
        partition=state.partition,
        epoch=one.epoch,
        src=one.src,
        seq=one.seq,
        numbers=values,
        parties=state.parties,
        former=state.former_parties,
    )


def note(connection: Connection, batch: AppliedBatch, at: datetime) -> None:
    """In the transaction that changed it, under the lock of `writing`; nothing, if nothing changed."""
    if batch != AppliedBatch():
        row = {"number": last_number(connection) + 1, "at": at, "batch": _ENCODER.encode(batch)}
        connection.execute(INSERT, row)
        connection.execute(FORGET, {"before": at - KEPT})


def begin_anew(connection: Connection, number: int) -> None:
    """The store was emptied, and its last batch had this number."""
    connection.execute(INSERT, {"number": number + 2, "at": BEGINNING, "batch": _ENCODER.encode(AppliedBatch())})


def last_number(connection: Connection) -> int:
    """That of the last batch; 0 before the first."""
    return connection.execute(LAST).scalar() or 0


def batches_after(connection: Connection, number: int, limit: int) -> Sequence[Numbered]:
    """The batches after this one that are still kept, in their order; at most `limit`."""
    rows = connection.execute(AFTER, {"number": number, "limit": limit})
    return [Numbered(number, _DECODER.decode(batch)) for number, batch in rows]


LAST = select(func.max(applied.c.number))
INSERT = insert(applied)
FORGET = delete(applied).where(applied.c.at < bindparam("before"))
AFTER = (
    select(applied.c.number, applied.c.batch)
    .where(applied.c.number > bindparam("number"))
    .order_by(applied.c.number)
    .limit(bindparam("limit"))
)
BEGINNING = datetime.fromisoformat("2000-01-01T00:00:00Z")
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(AppliedBatch)
