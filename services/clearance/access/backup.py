"""A backup of all that is kept of access, as JSON lines: what the log cannot give back. Of keys it holds their hashes.

The surprise: a backup of SQLite may be restored into PostgreSQL and the other way round, since a line is a row of a
table and not of a database. The last line counts the rows, so that a backup that was cut off is known.
"""

import base64
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, BinaryIO

import msgspec
from sqlalchemy import Column, Connection, Engine, LargeBinary, Table, func, select

from clearance.access import schema
from clearance.access.database import changing, reading
from clearance.access.errors import AccessRefused
from clearance.store.schema import Instant

FORM = "clearance-access-1"
OF_THE_MOMENT = (schema.version, schema.charges, schema.followed, schema.notices)
"""The version only counts changes, and restoring is one; what was charged is over in a minute. How far recipients were
told at an earlier moment would have them told again: after a restore they are told of what follows."""
TABLES = {name: table for name, table in schema.metadata.tables.items() if table not in OF_THE_MOMENT}
AT_ONCE = 1000
"""Rows written by one statement."""
OTHER_FORM = f"the first line does not say {FORM}: give what `clearance access backup` has written"
CUT_OFF = "the backup is cut off or altered: nothing was restored; give a whole one"


def backup(engine: Engine) -> Iterator[bytes]:
    """The lines, all of one moment. Raises `StoreError`."""
    rows = 0
    yield msgspec.json.encode({"form": FORM})
    with reading(engine) as connection:
        for name, table in TABLES.items():
            shown = _columns(table)
            for row in connection.execute(select(*shown.values()).order_by(*table.primary_key)):
                rows += 1
                yield msgspec.json.encode({"table": name, "row": dict(zip(shown, row, strict=True))})
    yield msgspec.json.encode({"rows": rows})


def write(engine: Engine, file: BinaryIO) -> int:
    """The lines into a file; how many rows they hold. Raises `StoreError`."""
    lines = sum(bool(file.write(line + b"\n")) for line in backup(engine))
    return lines - 2  # the first and the last are no rows


def restore(engine: Engine, lines: Iterable[bytes]) -> int:
    """How many rows were restored: all, or none. Raises `AccessRefused` for what is no whole backup or if anything is
    kept already, and `StoreError`."""
    with changing(engine) as connection:
        if kept := [name for name, table in TABLES.items() if _count(connection, table)]:
            raise AccessRefused(
                f"{', '.join(kept)} are kept here already: restore where nothing is, into an empty database"
            )
        return _restored(connection, lines)


def rows_of(engine: Engine) -> int:
    """How many rows a backup of it would hold. Raises `StoreError`."""
    with reading(engine) as connection:
        return sum(_count(connection, table) for table in TABLES.values())


def _restored(connection: Connection, lines: Iterable[bytes]) -> int:
    told = iter(lines)
    if _read(next(told, b"")).get("form") != FORM:
        raise AccessRefused(OTHER_FORM)
    waiting: dict[str, list[dict[str, Any]]] = {}
    for rows, line in enumerate(told):
        one = _read(line)
        if "table" not in one:
            _write(connection, waiting)
            if one.get("rows") != rows or next(told, None) is not None:
                raise AccessRefused(CUT_OFF)
            return rows
        name, row = _row(one)
        waiting.setdefault(name, []).append(row)
        if rows % AT_ONCE == 0:
            _write(connection, waiting)
    raise AccessRefused(CUT_OFF)


def _write(connection: Connection, waiting: dict[str, list[dict[str, Any]]]) -> None:
    for name, rows in waiting.items():
        connection.execute(TABLES[name].insert(), rows)
    waiting.clear()


def _read(line: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(line, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise AccessRefused(f"a line is no JSON object ({error}); {CUT_OFF}") from error


def _row(one: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The table, and the row as its columns take it."""
    table = TABLES.get(one["table"])
    columns = {} if table is None else _columns(table)
    if {*one.get("row", ())} != {*columns}:
        raise AccessRefused(
            f"a row of {one['table']!r} has other columns than here: restore with the version that wrote it"
        )
    return one["table"], {name: _value(column, one["row"][name]) for name, column in columns.items()}


def _value(column: Column[Any], value: Any) -> Any:
    if value is not None and isinstance(column.type, LargeBinary):
        return base64.b64decode(value)
    return datetime.fromisoformat(value) if value is not None and isinstance(column.type, Instant) else value


def _columns(table: Table) -> dict[str, Column[Any]]:
    """Those that are kept: a number that the database gives by itself it gives anew."""
    return {column.name: column for column in table.columns if column.autoincrement is not True}


def _count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())
