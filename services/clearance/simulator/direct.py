"""What is sent, as inputs of the log without a log: for whoever folds many declarations and needs no messages.

Business receipts, three of four messages, are made of their fields; the others are written and read. Either way they
are the receipts that the codecs would make of the bytes (`tests/simulator/test_direct.py`).
"""

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from itertools import islice

from msgspec import Struct

from clearance.authorities.cn import business_receipt
from clearance.events.log.inputs import Command, Input, Message
from clearance.events.receipts.routing import Child, filed, message_id, route
from clearance.events.tables.tables import Tables
from clearance.events.values.errors import InvalidMessage
from clearance.settings.tables import default_tables
from clearance.simulator import chinese_messages
from clearance.simulator.arrivals import arrival
from clearance.simulator.conditions import Conditions
from clearance.simulator.life import Cargo, Consignment, Life, Post
from clearance.simulator.sections import Authority, Direction, Mode
from clearance.simulator.traffic import by_time, lives

AGAIN = "-again"
"""How the name of a second copy ends; the copy has the bytes of the first."""


class Attributes(Struct, frozen=True):
    """What a declaration may have in common with others; "" where its authority tells none."""

    authority: Authority
    direction: Direction
    mode: Mode
    office: str = ""
    chapter: str = ""
    broker: str = ""
    trader: str = ""
    format: str = "RES"


class Told(Struct, frozen=True):
    """One message or command: when it came, of which life, and the inputs that follow, by declaration id.

    There are none of a message that is refused.
    """

    at: datetime
    life: Life
    position: int
    inputs: tuple[tuple[str, Input], ...]


def told(
    seed: int,
    start: datetime,
    count: int,
    *,
    declarations_per_day: float | None = None,
    conditions: Conditions | None = None,
    tables: Tables | None = None,
) -> Iterator[Told]:
    """All that is told of the first `count` lives, by time, to their ends."""
    tables = tables or default_tables()
    begun = lives(seed, start, tables=tables, declarations_per_day=declarations_per_day, conditions=conditions)
    for life, position in by_time(islice(begun, count)):
        yield Told(life.posts[position].received_at, life, position, inputs(life, life.posts[position], tables))


def inputs(life: Life, post: Post, tables: Tables) -> tuple[tuple[str, Input], ...]:
    """What one post puts into the log, by declaration id."""
    if post.plan is not None:
        stated = arrival(life, post)
        return ((stated.declaration, Command(at=stated.at, statement=stated.statement)),) if stated.statement else ()
    try:
        own, children = _children(life, post, tables)
    except InvalidMessage:
        return ()
    organisation = life.cargo.organisation
    return tuple(
        (
            child.declaration,
            Message(at=post.received_at, receipts=child.receipts, message_id=own, organisation=organisation),
        )
        for child in children
    )


def attributes(cargo: Cargo) -> Attributes:
    if not isinstance(cargo, Consignment):
        return Attributes(cargo.authority, cargo.direction, cargo.mode)
    return Attributes(
        authority=cargo.authority,
        direction=cargo.direction,
        mode=cargo.mode,
        office=cargo.office.code,
        chapter=cargo.goods.chapter,
        broker=cargo.broker.code,
        trader=cargo.trader.code,
        format="DEC_DATA" if cargo.broker.generation == "a" else "DEC_RESULT",
    )


def _children(life: Life, post: Post, tables: Tables) -> tuple[str, list[Child]]:
    """The id of the message and what it speaks of. Raises `InvalidMessage`."""
    cargo = life.cargo
    if isinstance(cargo, Consignment) and post.handling in ("", "again"):
        fields = chinese_messages.business_receipt(post, cargo, life.identities[post.filing])
        if fields is not None:
            held = {name: text for name, value in fields[1].items() if (text := value.strip())}
            receipt = business_receipt.receipt(fields[0], held, cargo.organisation, "")
            own = sha256(post.name.removesuffix(AGAIN).encode()).hexdigest()
            return own, filed((receipt,), tables, authority=cargo.authority)
    came = arrival(life, post)
    children = route(came.data, tables, authority=came.authority, sender=came.organisation, hints=came.hints)
    return message_id(came.data), children
