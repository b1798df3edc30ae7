"""`clearance restore`: a backup back onto a broker and a database where nothing is yet."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from clearance.cli import options
from clearance.cli.broker import Bootstrap
from clearance.cli.organisations import Database
from clearance.cli.wrong_use import as_wrong_use
from clearance.kafka.clients import silence
from clearance.settings import load

EXAMPLES = """
Examples:

  clearance restore 2026-11-29     before anything else is started; again, if it was cut off

  clearance up --bootstrap …       and all goes on where it was: the store is made anew of the topics
"""


def restore(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="What `clearance backup` has made.")],
    bootstrap: Bootstrap = None,
    database_url: Database = None,
) -> None:
    """Restore a backup, whole, onto a cluster without our records and an empty database. Nothing else may run on them.

    Cut off, it leaves topics on which nothing of ours starts; the same command again goes on where it ended.
    """
    from clearance.backup.process import restored

    settings = load(kafka_bootstrap_servers=bootstrap, database_url=database_url)
    silence()
    with as_wrong_use("FOLDER"):
        manifest = asyncio.run(restored(folder, settings))
    options.console().print(
        f"{manifest.records} records and {manifest.rows} rows of access are back, as of "
        f"{manifest.made_at:%Y-%m-%d %H:%M} UTC"
    )
