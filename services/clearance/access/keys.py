"""Keys: issued, rolled, revoked, listed. A key is told once, when it is issued; what is kept is its keyed hash."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from msgspec import Struct, structs
from sqlalchemy import Connection, Engine, bindparam, select

from clearance.access import schema
from clearance.access.database import changing, reading, version_of
from clearance.access.errors import AccessRefused
from clearance.access.identifiers import checked_identifier
from clearance.access.key_form import hash_of, new_key
from clearance.access.organisations import identifiers_of, quotas_of, require
from clearance.access.scopes import held_by
from clearance.access.verdicts import Key
from clearance.store.connect import writing

ID_CHARACTERS = 12
"""Of the hash, in hexadecimal: enough to tell keys apart, and no help to guess one."""


class Issued(NamedTuple):
    """A new key, and what is kept of it."""

    secret: str
    key: Key


class Snapshot(Struct, frozen=True):
    """All that is to be known to judge a key, at one version: keys by hash; by organisation its identifiers, and
    its quota if it has one of its own."""

    version: int
    keys: Mapping[bytes, Key]
    identifiers: Mapping[str, tuple[str, ...]]
    quotas: Mapping[str, int] = {}


def issue(engine: Engine, secret: bytes, wanted: Key) -> Issued:
    """A new key as wanted, whose `id` is chosen here. Raises `AccessRefused`, `StoreError`."""
    _check(wanted)
    with changing(engine) as connection:
        if wanted.holder == "organisation":
            require(connection, wanted.name)
        return _insert(connection, secret, wanted)


def roll(engine: Engine, secret: bytes, key: str, overlap: timedelta, now: datetime) -> Issued:
    """A new key that allows the same for as long; the old one ends after the overlap. Raises `AccessRefused`,
    `StoreError`."""
    with changing(engine) as connection:
        old = _valid(connection, key, now)
        lasts = None if old.expires_at is None else now + (old.expires_at - old.issued_at)
        new = structs.replace(old, issued_at=now, expires_at=lasts, last_used_at=None)
        ends = now + overlap if old.expires_at is None else min(old.expires_at, now + overlap)
        connection.execute(schema.keys.update().where(schema.keys.c.id == key).values(expires_at=ends))
        return _insert(connection, secret, new)


def revoke(engine: Engine, key: str, now: datetime) -> None:
    """Every replica refuses the key within a second. Raises `AccessRefused`, `StoreError`."""
    with changing(engine) as connection:
        _valid(connection, key, now)
        connection.execute(schema.keys.update().where(schema.keys.c.id == key).values(revoked_at=now))


def all_of(engine: Engine) -> list[Key]:
    """Every key, those issued last first. Raises `StoreError`."""
    with reading(engine) as connection:
        return [key for _, key in _rows(connection)]


def snapshot(engine: Engine, known: int = -1) -> Snapshot | None:
    """What there is; None if that is still the version that is known. Raises `StoreError`."""
    with reading(engine) as connection:
        version = version_of(connection)
        if version == known:
            return None
        return Snapshot(version, dict(_rows(connection)), identifiers_of(connection), quotas_of(connection))


def note_use(engine: Engine, used: Mapping[str, datetime]) -> None:
    """When keys were last used; this is no change that replicas must learn of. Raises `StoreError`."""
    with writing(engine) as connection:
        change = schema.keys.update().where(schema.keys.c.id == bindparam("key")).values(last_used_at=bindparam("at"))
        connection.execute(change, [{"key": key, "at": at} for key, at in sorted(used.items())])


def _check(wanted: Key) -> None:
    may = held_by(wanted.holder)
    if not wanted.scopes or (wrong := {*wanted.scopes} - {*may}):
        told = ", ".join(sorted(wrong)) if wanted.scopes else "no scope"
        raise AccessRefused(f"a key of {_holders(wanted)} cannot have {told}: it may have {', '.join(may)}")
    if wanted.holder == "connection":
        checked_identifier(f"connection:{wanted.name}")
    if wanted.expires_at is not None and wanted.expires_at <= wanted.issued_at:
        raise AccessRefused("the key would have expired when it is issued: choose a later time")


def _holders(wanted: Key) -> str:
    return {"organisation": "an organisation", "connection": "a connection", "operator": "the operator"}[wanted.holder]


def _insert(connection: Connection, secret: bytes, wanted: Key) -> Issued:
    told = new_key()
    hashed = hash_of(told, secret)
    key = structs.replace(wanted, id=hashed.hex()[:ID_CHARACTERS])
    row: dict[str, Any] = structs.asdict(key) | {"hash": hashed, "scopes": " ".join(key.scopes)}
    connection.execute(schema.keys.insert(), row)
    return Issued(told, key)


def _valid(connection: Connection, key: str, now: datetime) -> Key:
    found = next((one for _, one in _rows(connection) if one.id == key), None)
    if found is None:
        raise AccessRefused(f"there is no key {key}: `clearance keys list` tells their ids")
    if (state := found.state(now)) != "valid":
        raise AccessRefused(f"the key {key} is {state} already: `clearance keys issue` makes a new one")
    return found


def _rows(connection: Connection) -> list[tuple[bytes, Key]]:
    column = schema.keys.c
    names = [name for name in Key.__struct_fields__ if name != "scopes"]
    query = select(column.hash, column.scopes, *(column[name] for name in names))
    rows = connection.execute(query.order_by(column.issued_at.desc(), column.id))
    return [
        (hashed, Key(scopes=tuple(scopes.split()), **dict(zip(names, rest, strict=True))))
        for hashed, scopes, *rest in rows
    ]
