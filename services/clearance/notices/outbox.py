"""The outbox: what recipients are to be told, noted in one transaction with how far their feeds are read.

The surprise: each change of a matter is noted once, whatever was read again, since a change has the same id for ever.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Engine, func, select

from clearance.access.database import reading
from clearance.access.schema import followed, notices
from clearance.api.feed_cursor import FeedCursor
from clearance.notices.matters import Notice
from clearance.notices.messages import Demotion, Digest
from clearance.store.connect import writing

State = Literal["waiting", "sending", "sent", "dropped", "undelivered", "uncertain"]
TOLD: tuple[State, ...] = ("sending", "sent", "uncertain")
"""States in which a notice has reached its recipient, or may have."""
Content = Notice | Digest | Demotion


class Followed(Struct, frozen=True):
    """How far a recipient is told. `digest_at` is when its next digest is due; after `failures` in a row nothing is
    tried until `not_before`."""

    cursor: FeedCursor
    looked_at: datetime
    digest_at: datetime | None
    failures: int
    not_before: datetime | None


class Kept(Struct, frozen=True):
    """A notice as it is listed."""

    id: int
    recipient: str
    matter: str
    state: str
    noted_at: datetime
    attempts: int
    reason: str


def position(engine: Engine, recipient: str) -> Followed | None:
    """How far it is told; None before the first look. Raises `StoreError`."""
    with reading(engine) as connection:
        return _position(connection, recipient)


def _position(connection: Connection, recipient: str) -> Followed | None:
    row = connection.execute(select(followed).where(followed.c.recipient == recipient)).first()
    if row is None:
        return None
    cursor = _FEED_CURSOR.decode(row.cursor)
    return Followed(cursor, row.looked_at, row.digest_at, row.failures, row.not_before)


def advance(
    engine: Engine,
    recipient: str,
    before: Followed | None,
    after: Followed,
    news: Iterable[Content],
    noted_at: datetime,
    due_at: datetime,
) -> int | None:
    """Go on to `after` and note these, all or nothing: how many were new. None if another process has gone on
    meanwhile: nothing was noted. Raises `StoreError`."""
    with writing(engine) as connection:
        held = _position(connection, recipient)
        if (held and held.cursor, held and held.digest_at) != (before and before.cursor, before and before.digest_at):
            return None
        mine = followed.c.recipient == recipient
        told = {
            "cursor": msgspec.msgpack.encode(after.cursor),
            "looked_at": after.looked_at,
            "digest_at": after.digest_at,
        }
        if held is None:
            connection.execute(followed.insert(), {"recipient": recipient, "failures": 0, **told})
        else:
            connection.execute(followed.update().where(mine).values(**told))
        return sum(_note(connection, recipient, one, noted_at, due_at) for one in news)


def note(engine: Engine, recipient: str, news: Sequence[Content], noted_at: datetime, due_at: datetime) -> None:
    """Note what follows from no change of the feed, each once. Raises `StoreError`."""
    if news:
        with writing(engine) as connection:
            for one in news:
                _note(connection, recipient, one, noted_at, due_at)


def _note(connection: Connection, recipient: str, one: Content, now: datetime, due_at: datetime) -> bool:
    matter = one.matter if isinstance(one, Notice) else one.change
    known = (notices.c.recipient == recipient, notices.c.matter == matter, notices.c.change == one.change)
    if connection.execute(select(notices.c.id).where(*known)).first() is not None:
        return False
    row = {
        "recipient": recipient,
        "matter": matter,
        "change": one.change,
        "state": "waiting",
        "content": msgspec.json.encode(one),
        "noted_at": now,
        "due_at": due_at,
        "attempts": 0,
        "reason": "",
    }
    connection.execute(notices.insert(), row)
    return True


def not_noted(engine: Engine, recipient: str, found: Sequence[Notice]) -> list[Notice]:
    """Those that were not noted for a recipient before, nor that what they tell of is over. Raises `StoreError`."""
    if not found:
        return []
    column = notices.c
    query = select(column.matter, column.change).where(
        column.recipient == recipient, column.matter.in_({one.matter for one in found})
    )
    with reading(engine) as connection:
        known = {(row.matter, row.change) for row in connection.execute(query)}
    return [one for one in found if known.isdisjoint({(one.matter, one.change), (one.matter, f"{one.anomaly} closed")})]


def told_open(engine: Engine, recipient: str) -> list[Notice]:
    """Of every matter what the recipient was told last, if that is open. Raises `StoreError`."""
    column = notices.c
    query = select(column.content).where(column.recipient == recipient, column.state.in_((*TOLD, "waiting")))
    with reading(engine) as connection:
        found = (content_of(one) for one in connection.execute(query.order_by(column.id)).scalars())
        last = {one.matter: one for one in found if isinstance(one, Notice)}
    return [one for one in last.values() if one.what == "opened"]


def undelivered(engine: Engine, recipient: str = "") -> list[Kept]:
    """What was not told, or may not have been, the newest first. Raises `StoreError`."""
    column = notices.c
    query = select(*(column[name] for name in Kept.__struct_fields__)).where(
        column.state.in_(("undelivered", "uncertain")), *([column.recipient == recipient] if recipient else [])
    )
    with reading(engine) as connection:
        return [Kept(*row) for row in connection.execute(query.order_by(column.id.desc()).limit(1000))]


def queue(engine: Engine) -> tuple[int, datetime | None]:
    """How many notices wait, and when the first of them was due, or will be. Raises `StoreError`."""
    query = select(func.count(), func.min(notices.c.due_at)).where(notices.c.state == "waiting")
    with reading(engine) as connection:
        count, oldest = connection.execute(query).one()
        return count, oldest


def forget(engine: Engine, before: datetime) -> None:
    """Delete what was noted before and waits no more. Raises `StoreError`."""
    with writing(engine) as connection:
        connection.execute(notices.delete().where(notices.c.noted_at < before, notices.c.state != "waiting"))


def content_of(stored: bytes) -> Content:
    """What a row of the outbox holds."""
    return _DECODER.decode(stored)


_DECODER: msgspec.json.Decoder[Content] = msgspec.json.Decoder(Content)


_FEED_CURSOR = msgspec.msgpack.Decoder(FeedCursor)
