"""States into the store, by the reader's rule: of several of a declaration the one with the highest (epoch, src)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, delete

from clearance.events.log.readers_rule import Numbered, newer_state
from clearance.store import bulk
from clearance.store.consumed_records import ConsumedState
from clearance.store.derived import DIGEST_BYTES, NUMBERS, PARTS, Applied, Part, Row, declaration_row
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
    rows = [
        row
        for state in (*new, *others)
        for row in part.rows(Applied(state.declaration, state.indexed.seq, applied_at), *part.content(state))
    ]
    if part.kept is None:
        _replace(connection, part, [state.declaration for state in others], rows)
    else:
        _remove_others(connection, part.kept, others, rows)
        bulk.insert_unheld(connection, part.table, rows)
    return {state.declaration for state in (*new, *others)}


def _replace(connection: Connection, part: Part, changed: Sequence[str], rows: Sequence[Row]) -> None:
    """New rows of a table, instead of those that some declarations had."""
    if part.tallied:
        gone = [row._asdict() for row in bulk.rows_of(connection, [*part.table.c], changed)]
        tally(connection, gone, rows)
    bulk.remove(connection, part.table.c.declaration, changed)
    bulk.insert(connection, part.table, rows)


def _remove_others(
    connection: Connection, kept: Column[Any], states: Iterable[ConsumedState], rows: Iterable[Row]
) -> None:
    """Remove the rows of these declarations that are not among the new ones."""
    declaration = kept.table.c.declaration
    stay: dict[str, list[str]] = {state.declaration: [] for state in states}
    for row in rows:
        if row["declaration"] in stay:
            stay[row["declaration"]].append(row[kept.name])
    for name, values in stay.items():
        connection.execute(delete(kept.table).where(declaration == name, kept.not_in(values)))


def newest(consumed: Iterable[ConsumedState]) -> dict[str, ConsumedState]:
    """The newest state of each declaration."""
    latest: dict[str, ConsumedState] = {}
    for state in consumed:
        held = latest.get(state.declaration)
        if newer_state(held.number if held else None, state.number):
            latest[state.declaration] = state
    return latest
