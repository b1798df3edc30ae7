"""Tallies follow the spans, in the transaction that writes these: what goes is taken back, what is new is counted."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice

from sqlalchemy import Connection, and_, bindparam, delete, select, tuple_

from clearance.store import bulk
from clearance.store.derived import Row
from clearance.store.schema import tallies
from clearance.store.tallies import DIMENSIONS, EPOCH, Tally, decode, encode

DAY = timedelta(days=1)
NAMES = ("day", "span", *DIMENSIONS)
KEYS = [tallies.c[name] for name in NAMES]
Key = tuple[int | str, ...]
AT_ONCE = 500
"""Keys in one question, each of six parameters."""


def tally(connection: Connection, gone: Iterable[Row], come: Iterable[Row]) -> None:
    """Rows of `spans` are no longer there, and others are."""
    changed = [(key_of(row), row, times) for rows, times in ((gone, -1), (come, 1)) for row in rows]
    if not changed:
        return
    found = _held(connection, {key for key, _, _ in changed})
    for key, row, times in changed:
        one = found.setdefault(key, Tally())
        if row["seconds"] is None:
            one.count_unfinished(row["begun_at"], row["open"], times)
        else:
            one.count_ended([row["seconds"]], times)
    kept = {key: one for key, one in found.items() if not one.is_empty}
    bulk.upsert(connection, tallies, (_row(key, one) for key, one in kept.items()))
    if nothing := [dict(zip(PARAMETERS, key, strict=True)) for key in found.keys() - kept.keys()]:
        connection.execute(REMOVE, nothing)


def key_of(row: Row) -> Key:
    """Of the tally in which a span is counted."""
    return ((row["begun_at"] - EPOCH) // DAY, row["span"], *(row[name] for name in DIMENSIONS))


def _held(connection: Connection, keys: Iterable[Key]) -> dict[Key, Tally]:
    left: Iterator[Key] = iter(keys)
    found: dict[Key, Tally] = {}
    while some := list(islice(left, AT_ONCE)):
        rows = connection.execute(HELD, {"keys": some})
        found |= {tuple(key): decode(one) for *key, one in rows}
    return found


def _row(key: Key, one: Tally) -> Row:
    return {**dict(zip(NAMES, key, strict=True)), "tally": encode(one)}


HELD = select(*KEYS, tallies.c.tally).where(tuple_(*KEYS).in_(bindparam("keys", expanding=True)))
PARAMETERS = [f"of_{name}" for name in NAMES]
REMOVE = delete(tallies).where(
    and_(*(column == bindparam(name) for column, name in zip(KEYS, PARAMETERS, strict=True)))
)
