"""The migrations of a store, run by alembic. Apart, because it takes a fifth of a second to load and most stores are
current."""

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from clearance.store.errors import StoreError


def upgrade(connection: Connection, room: str, held: str | None, setting: str) -> None:
    """Bring what has the schema `held` to the newest of its room, in the transaction of this connection. Raises
    `StoreError`, which names the setting, for one that a newer version has written."""
    config = Config()
    config.set_main_option("script_location", str(files(room) / "migrations").replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if held is not None and held not in known:
        raise StoreError(
            f"the store has the schema {held!r}, which this version of clearance does not know: "
            f"run the newer version that wrote it, or name another store ({setting})"
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
