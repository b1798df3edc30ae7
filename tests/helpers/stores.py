"""A store at the current schema, copied from one that is made once: to make one takes longer than most tests of it."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine

from clearance.store.connect import migrate, open_store


def made_store(url: str) -> Engine:
    """A store that holds nothing yet, at a URL where nothing is."""
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).write_bytes(_sqlite())
        return open_store(url)
    engine = open_store(url)
    migrate(engine)
    return engine


@cache
def _sqlite() -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "store.db"
        engine = open_store(f"sqlite:///{file}")
        migrate(engine)
        engine.dispose()
        return file.read_bytes()
