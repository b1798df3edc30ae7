"""States into the store, by the reader's rule: of several of a declaration the one with the highest (epoch, src)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from clearance.events.log.readers_rule import Numbered, newer_state
from clearance.store import bulk
from clearance.store.consumed_records import ConsumedState
from clearance.store.derived import DIGEST_BYTES, NUMBERS, PARTS, Part, declaration_row
from clearance.store.schema import declarations
from clearance.store.tally_writes import tally

HELD = (declarations.c.id, declarations.c.epoch, declarations.c.src, declarations.c.parts)


class Held(NamedTuple):
    """What the store has of a declaration."""

    number: Numbered
    parts: bytes

    def has(self, digest: bytes, place: int) -> bool:
        return self.parts[place * DIGEST_BYTES : (place + 1) * DIGEST_BYTES] == digest


def write_states(
    connection: Connection, consumed: Iterable[ConsumedState], applied_at: datetime
) -> list[tuple[ConsumedState, bool]]:
    """Apply states; those that were newer than what the store had, and whether they carry other numbers than before."""
    latest = newest(consumed)
    held = {row.id: Held(Numbered(row.epoch, row.src), row.parts) for row in bulk.rows_of(connection, HELD, latest)}
    applied = [state for state in latest.values() if _is_news(held.get(state.declaration), state)]
    others = [
        _write_part(connection, place, part, applied=applied, held=held, applied_at=applied_at)
        for place, part in enumerate(PARTS)
    ]
    bulk.upsert(connection, declarations, (declaration_row(state, applied_at) for state in applied))
    return [(state, state.declaration in others[NUMBERS]) for state in applied]


def _is_news(held: Held | None, given: ConsumedState) -> bool:
    return newer_state(held.number if held else None, given.number)


def _write_part(
    connection: Connection,
    place: int,
    part: Part,
    applied: Iterable[ConsumedState],
    held: Mapping[str, Held],
    applied_at: datetime,
) -> set[str]:
    """Replace the rows of one table, of those declarations of which they are others than before: which."""
    new = [state for state in applied if state.declaration not in held]
    others = [
        state
        for state in applied
        if state.declaration in held and not held[state.declaration].has(part.digest(state), place)
    ]
    changed = [state.declaration for state in others]
    rows = [row for state in (*new, *others) for row in part.rows(state.declaration, applied_at, *part.content(state))]
    if part.tallied:
        gone = [dict(row._mapping) for row in bulk.rows_of(connection, [*part.table.c], changed)]
        tally(connection, gone, rows)
    bulk.remove(connection, part.table.c.declaration, changed)
    bulk.insert(connection, part.table, rows)
    return {state.declaration for state in (*new, *others)}


def newest(consumed: Iterable[ConsumedState]) -> dict[str, ConsumedState]:
    """The newest state of each declaration."""
    latest: dict[str, ConsumedState] = {}
    for state in consumed:
        held = latest.get(state.declaration)
        if newer_state(held.number if held else None, state.number):
            latest[state.declaration] = state
    return latest
