"""Open what is kept of access: `clearance.access.db` beside an SQLite store, the schema `access` of PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, select

from clearance.access.schema import version
from clearance.settings import PREFIX, InvalidSetting, Settings
from clearance.settings.secrets import read_secret
from clearance.store.connect import explained, migrate, open_beside, writing

LONGEST_SECRET = 64
"""Bytes, by which blake2b can be keyed."""


@contextmanager
def opened(settings: Settings, connections: int = 1) -> Iterator[Engine]:
    """The tables of access at their current schema, made if they are not there, with so many connections at most.
    Raises `StoreError`."""
    engine = open_beside(settings.database_url, "access", connections)
    try:
        migrate(engine, "clearance.access")
        yield engine
    finally:
        engine.dispose()


def secret_of(settings: Settings) -> bytes:
    """The secret by which keys are hashed. Raises `InvalidSetting`."""
    setting = f"{PREFIX}ACCESS_SECRET_FILE"
    if not settings.access_secret_file:
        raise InvalidSetting(
            f"{setting} is not set: name a file that holds a secret of this server, made once by "
            "`openssl rand -hex 32 | tr -d '\\n' > FILE`; all processes that know keys need the same"
        )
    secret = read_secret("access_secret_file", settings.access_secret_file).encode()
    if len(secret) > LONGEST_SECRET:
        raise InvalidSetting(f"{setting}: the secret has {len(secret)} bytes: make one of {LONGEST_SECRET} at most")
    return secret


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """All questions see one moment. Raises `StoreError`."""
    with explained(engine), engine.connect() as connection:
        yield connection


@contextmanager
def changing(engine: Engine) -> Iterator[Connection]:
    """A change, of which every replica learns by the version. Raises `StoreError`."""
    with writing(engine) as connection:
        yield connection
        connection.execute(version.update().values(number=version.c.number + 1))


def version_of(connection: Connection) -> int:
    """It rises with every change."""
    return int(connection.execute(select(version.c.number)).scalar_one())
