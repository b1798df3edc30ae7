"""Many rows in one statement, on both databases.

The surprise: the statements are written here and given to the driver with the rows, because what SQLAlchemy does for
each row costs as much as the database. PostgreSQL takes a column at a time, as one array in binary: rows cost it half.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import chain
from typing import Any, Literal, NamedTuple

from sqlalchemy import Column, Connection, Dialect, LargeBinary, Table, delete, select
from sqlalchemy import Row as SelectedRow

from clearance.store.derived import Row

AT_ONCE = 1000
"""Keys in one question; SQLite takes 32,766 parameters at most."""
ROWS_AT_ONCE = 250
"""Rows in one statement to SQLite; more save nothing."""

Held = Literal["", "keep", "replace"]
"""What becomes of a row that has the primary key of a new one; "" where there can be none."""


def rows_of(connection: Connection, columns: Sequence[Column[Any]], keys: Iterable[str]) -> Iterator[SelectedRow[Any]]:
    """These columns of the rows whose first column has one of the keys."""
    for chunk in _chunks(keys):
        yield from connection.execute(select(*columns).where(columns[0].in_(chunk)))


def insert(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    """New rows, with all columns but those that the database numbers."""
    _put(connection, table, list(rows), "")


def insert_unheld(connection: Connection, table: Table, rows: Iterable[Row]) -> int:
    """New rows, with all columns; one whose primary key is held, or came before it, is left out. How many were new."""
    return _put(connection, table, list(rows), "keep")


def upsert(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    """New rows, or new values of those with the same primary key; with all columns."""
    _put(connection, table, list(rows), "replace")


def remove(connection: Connection, column: Column[Any], keys: Iterable[str]) -> None:
    """Remove the rows that have one of the keys in this column."""
    for chunk in _chunks(keys):
        connection.execute(delete(column.table).where(column.in_(chunk)))


def _chunks(keys: Iterable[str]) -> Iterator[list[str]]:
    wanted = list(keys)
    return (wanted[start : start + AT_ONCE] for start in range(0, len(wanted), AT_ONCE))


def _put(connection: Connection, table: Table, rows: list[Row], held: Held) -> int:
    if not rows:
        return 0
    statement = _statement(table, connection.dialect, held)
    columns = {name: [row[name] for row in rows] for name in statement.names}
    for name, convert in statement.converters:
        columns[name] = [convert(value) for value in columns[name]]
    by_column = connection.dialect.name == "postgresql"
    if by_column:
        return connection.exec_driver_sql(statement.sql, columns).rowcount
    return _put_on_sqlite(connection, statement, list(zip(*columns.values(), strict=True)))


def _put_on_sqlite(connection: Connection, statement: "_Statement", rows: list[tuple[Any, ...]]) -> int:
    """Many in one statement: that takes half the time of one for each, and lets other threads in less often."""
    whole, count = len(rows) - len(rows) % ROWS_AT_ONCE, 0
    for start in range(0, whole, ROWS_AT_ONCE):
        values = tuple(chain.from_iterable(rows[start : start + ROWS_AT_ONCE]))
        count += connection.exec_driver_sql(statement.of_many, values).rowcount
    if whole < len(rows):
        count += connection.exec_driver_sql(statement.sql, rows[whole:]).rowcount
    return count


class _Statement(NamedTuple):
    """`of_many` is for `ROWS_AT_ONCE` rows; `converters` are for the columns whose values the driver does not take as
    they are."""

    sql: str
    of_many: str
    names: tuple[str, ...]
    converters: tuple[tuple[str, Any], ...]


@cache
def _statement(table: Table, dialect: Dialect, held: Held) -> _Statement:
    quote = dialect.identifier_preparer.quote
    given = [column for column in table.columns if column.autoincrement is not True]
    names = tuple(column.name for column in given)
    into = f"INSERT INTO {quote(table.name)} ({', '.join(map(quote, names))})"
    end = _in_place(table, dialect, held)
    columns = [column for column in given if not isinstance(column.type, LargeBinary)]
    converters = [(column.name, column.type.dialect_impl(dialect).bind_processor(dialect)) for column in columns]
    one, many = (f"{into} {_values(given, dialect, count)}{end}" for count in (1, ROWS_AT_ONCE))
    return _Statement(one, many, names, tuple((name, convert) for name, convert in converters if convert is not None))


def _in_place(table: Table, dialect: Dialect, held: Held) -> str:
    """What is to become of a row that is held."""
    if held == "replace":
        quote = dialect.identifier_preparer.quote
        keys = ", ".join(quote(column.name) for column in table.primary_key)
        others = [quote(column.name) for column in table.columns if not column.primary_key]
        return f" ON CONFLICT ({keys}) DO UPDATE SET " + ", ".join(f"{name} = excluded.{name}" for name in others)
    return " ON CONFLICT DO NOTHING" if held == "keep" else ""


def _values(given: Sequence[Column[Any]], dialect: Dialect, count: int) -> str:
    if dialect.name == "postgresql":
        arrays = (f"%({column.name})b::{column.type.compile(dialect)}[]" for column in given)
        return f"SELECT * FROM unnest({', '.join(arrays)})"  # noqa: S608 # our own tables
    row = f"({', '.join('?' for _ in given)})"
    return f"VALUES {', '.join([row] * count)}"
