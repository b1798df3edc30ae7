"""The table of expectations that is in force: one row, which a table of a higher version replaces.

It comes in every partition of the inputs, so that each is seen several times, and an older one after a newer one.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, func, select

from clearance.events.learning.expectations import (
    Expectations,
    InvalidExpectations,
    decode_expectations,
    encode_expectations,
)
from clearance.store.errors import StoreError
from clearance.store.schema import expectations


def write_expectations(connection: Connection, told: Iterable[Expectations]) -> int:
    """Keep the one of the highest version; its version if it is news, else 0."""
    newest = max(told, key=lambda one: one.version, default=None)
    if newest is None or newest.version <= (connection.execute(HELD).scalar() or 0):
        return 0
    connection.execute(expectations.delete())
    row = {"version": newest.version, "as_of": newest.as_of, "learned": encode_expectations(newest)}
    connection.execute(expectations.insert(), row)
    return newest.version


def read_expectations(connection: Connection) -> Expectations | None:
    """The table in force; None before the first. Raises `StoreError`."""
    if (written := connection.execute(LEARNED).scalar()) is None:
        return None
    try:
        return decode_expectations(written)
    except InvalidExpectations as error:
        raise StoreError(f"the table of expectations in the store cannot be read: {error}; {REMEDY}") from error


REMEDY = "the next one replaces it, `clearance projector --rebuild` does at once"
HELD = select(func.max(expectations.c.version))
LEARNED = select(expectations.c.learned)
