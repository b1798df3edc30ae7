"""What readers ask of the index of messages, through `reader`.

The surprise: a message that came under an alias belongs to what the alias leads to, as soon as the store knows that.
Whether a message is shared is told to whoever may see it, also where he may not see the other declaration.
"""

from typing import Any

from sqlalchemy import Connection, Select, exists, func, literal, select, union_all
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import FromClause

from clearance.store.rows import Filed
from clearance.store.schema import declarations, messages
from clearance.store.viewer import Viewer, visible

MINE, HOLDER = messages.alias("mine"), declarations.alias("holder")
OTHER, OTHER_HOLDER = messages.alias("other"), declarations.alias("other_holder")

FIRST = (MINE.c.received_at, MINE.c.partition, MINE.c.offset)


def messages_of(connection: Connection, viewer: Viewer, declaration: str, limit: int) -> list[Filed]:
    """The first copy of each message of a declaration and its aliases, in the order of reception; at most `limit`."""
    first: dict[str, Filed] = {}
    itself = select(literal(declaration).label("id"))  # not in an OR, for which PostgreSQL would read all messages
    aliases = select(declarations.c.id).where(declarations.c.merged_into == declaration)
    query = _filed(viewer).where(MINE.c.declaration.in_(union_all(itself, aliases)))
    for row in connection.execute(query.order_by(*FIRST)):
        first.setdefault(row.message_id, Filed(*row))
        if len(first) == limit:
            break
    return [*first.values()]


def copies(connection: Connection, viewer: Viewer, message_id: str) -> list[Filed]:
    """The first copies of one message, one for each number that it is filed under, the earliest first."""
    query = _filed(viewer).where(MINE.c.message_id == message_id)
    rows = connection.execute(query.order_by(*FIRST))
    return [Filed(*row) for row in rows]


def message(connection: Connection, viewer: Viewer, declaration: str, message_id: str) -> Filed | None:
    """The first copy of one message of a declaration and its aliases."""
    query = _filed(viewer).where(MINE.c.message_id == message_id, _primary(MINE, HOLDER) == declaration)
    row = connection.execute(query.order_by(*FIRST)).first()
    return None if row is None else Filed(*row)


def _filed(viewer: Viewer) -> Select[Any]:
    primary = _primary(MINE, HOLDER)
    both = OTHER.outerjoin(OTHER_HOLDER, OTHER_HOLDER.c.id == OTHER.c.declaration)
    elsewhere = exists().select_from(both)
    elsewhere = elsewhere.where(OTHER.c.message_id == MINE.c.message_id, _primary(OTHER, OTHER_HOLDER) != primary)
    columns = [MINE.c[name] for name in Filed.__struct_fields__ if name != "shared"]
    found = select(*columns, elsewhere.label("shared"))
    joined = MINE.outerjoin(HOLDER, HOLDER.c.id == MINE.c.declaration)
    return found.select_from(joined).where(*visible(viewer, MINE.c.declaration, primary))


def _primary(filed: FromClause, holder: FromClause) -> ColumnElement[str]:
    """What a message is shown with: the declaration that its number leads to, else the number itself."""
    return func.coalesce(func.nullif(holder.c.merged_into, ""), filed.c.declaration)
