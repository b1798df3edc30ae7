"""Attempts: what of the outbox is due, is taken to be sent, and what became of it.

The surprise: an attempt is marked before it is made. Whether a message that was being sent when this process ended has
gone out, nobody can say: it is `uncertain`, listed, and not sent again.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct
from sqlalchemy import Connection, Engine, select

from clearance.access.database import reading
from clearance.access.schema import followed, notices
from clearance.notices.matters import Notice
from clearance.notices.outbox import TOLD, Content, State, content_of
from clearance.notices.wording import Before
from clearance.store.connect import writing


class Pause(NamedTuple):
    """After so many failures in a row nothing is tried before that; None for at once."""

    failures: int
    not_before: datetime | None


class Waiting(Struct, frozen=True):
    """A notice or a digest in the outbox."""

    id: int
    content: Content
    due_at: datetime


def due(engine: Engine, now: datetime) -> list[str]:
    """Recipients for whom something is due that may be tried. Raises `StoreError`."""
    may = followed.c.not_before.is_(None) | (followed.c.not_before <= now)
    joined = notices.join(followed, followed.c.recipient == notices.c.recipient)
    ready = (notices.c.state == "waiting", notices.c.due_at <= now, may)
    with reading(engine) as connection:
        return list(
            connection.execute(select(notices.c.recipient).distinct().select_from(joined).where(*ready)).scalars()
        )


def waiting(connection: Connection, recipient: str) -> list[Waiting]:
    """All that waits for a recipient, in the order in which it was noted."""
    column = notices.c
    query = select(column.id, column.content, column.due_at)
    rows = connection.execute(query.where(column.recipient == recipient, column.state == "waiting").order_by(column.id))
    return [Waiting(row.id, content_of(row.content), row.due_at) for row in rows]


def told_last(connection: Connection, recipient: str, matters: Sequence[str]) -> dict[str, Before]:
    """What a recipient was told last of each of these matters, and when."""
    column = notices.c
    query = select(column.matter, column.content, column.tried_at).where(
        column.recipient == recipient, column.matter.in_(matters), column.state.in_(TOLD)
    )
    rows = connection.execute(query.order_by(column.id))
    found = {matter: (content_of(content), at) for matter, content, at in rows}
    return {matter: Before(one, at) for matter, (one, at) in found.items() if isinstance(one, Notice)}


def drop(connection: Connection, ids: Sequence[int]) -> None:
    """These are told to nobody: what they tell of was settled before."""
    connection.execute(notices.update().where(notices.c.id.in_(ids)).values(state="dropped"))


def take(connection: Connection, ids: Sequence[int], now: datetime) -> None:
    """These are on their way from now on."""
    tried = {"state": "sending", "tried_at": now, "attempts": notices.c.attempts + 1}
    connection.execute(notices.update().where(notices.c.id.in_(ids)).values(**tried))


def settle(engine: Engine, recipient: str, states: Mapping[int, State], reason: str, pause: Pause) -> None:
    """What became of an attempt, and when the next one may be made. Raises `StoreError`."""
    with writing(engine) as connection:
        for one, state in states.items():
            mine = (notices.c.id == one, notices.c.state == "sending")
            connection.execute(notices.update().where(*mine).values(state=state, reason=reason))
        connection.execute(followed.update().where(followed.c.recipient == recipient).values(**pause._asdict()))


def give_up_uncertain(engine: Engine, before: datetime) -> list[str]:
    """What has been on its way since before: whoever was sending it has ended. The recipient of each. Raises
    `StoreError`."""
    lost = (notices.c.state == "sending", notices.c.tried_at <= before)
    reason = "the process ended while it was being sent: it may have gone out"
    with writing(engine) as connection:
        given_up = notices.update().where(*lost).values(state="uncertain", reason=reason)
        return [*connection.execute(given_up.returning(notices.c.recipient)).scalars()]
