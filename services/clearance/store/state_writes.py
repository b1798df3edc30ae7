"""States into the store, by the reader's rule: of several of a declaration the one with the highest (epoch, src)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from clearance.events.log.readers_rule import Numbered, newer_state
from clearance.store import bulk
from clearance.store.derived import DIGEST_BYTES, PARTS, Part, declaration_row
from clearance.store.schema import declarations
from clearance.store.seen import SeenState

HELD = (declarations.c.id, declarations.c.epoch, declarations.c.src, declarations.c.parts)


class Held(NamedTuple):
    """What the store has of a declaration."""

    number: Numbered
    parts: bytes

    def has(self, digest: bytes, place: int) -> bool:
        return self.parts[place * DIGEST_BYTES : (place + 1) * DIGEST_BYTES] == digest


def write_states(connection: Connection, seen: Iterable[SeenState], applied_at: datetime) -> int:
    """Apply states; how many were newer than what the store had."""
    latest = newest(seen)
    held = {row.id: Held(Numbered(row.epoch, row.src), row.parts) for row in bulk.found(connection, HELD, latest)}
    applied = [one for one in latest.values() if _is_news(held.get(one.declaration), one)]
    for place, part in enumerate(PARTS):
        _write_part(connection, place, part, applied, held, applied_at)
    bulk.upsert(connection, declarations, (declaration_row(one, applied_at) for one in applied))
    return len(applied)


def _is_news(held: Held | None, given: SeenState) -> bool:
    return newer_state(held.number if held else None, given.number)


def _write_part(
    connection: Connection,
    place: int,
    part: Part,
    applied: Iterable[SeenState],
    held: Mapping[str, Held],
    applied_at: datetime,
) -> None:
    """Replace the rows of one table, of those declarations of which they are others than before."""
    new = [one for one in applied if one.declaration not in held]
    others = [
        one for one in applied if one.declaration in held and not held[one.declaration].has(part.digest(one), place)
    ]
    bulk.remove(connection, part.table.c.declaration, [one.declaration for one in others])
    rows = (row for one in (*new, *others) for row in part.rows(one.declaration, applied_at, *part.content(one)))
    bulk.insert(connection, part.table, rows)


def newest(seen: Iterable[SeenState]) -> dict[str, SeenState]:
    """The newest state of each declaration."""
    latest: dict[str, SeenState] = {}
    for state in seen:
        held = latest.get(state.declaration)
        if newer_state(held.number if held else None, state.number):
            latest[state.declaration] = state
    return latest
