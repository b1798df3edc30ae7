"""`clearance backup`: a copy of all that must not be lost, made beside everything that runs."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from clearance.cli import options
from clearance.cli.broker import Bootstrap, broker
from clearance.cli.organisations import Database
from clearance.cli.wrong_use import as_wrong_use
from clearance.settings import load

EXAMPLES = """
Examples:

  clearance backup 2026-11-29 --with-log     nothing else is needed to come back

  clearance backup 2026-11-29                of messages only those that are not folded yet
"""


def backup(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new folder, which nobody else may read.")],
    with_log: Annotated[bool, typer.Option("--with-log", help="Every message that the log still holds, too.")] = False,
    bootstrap: Bootstrap = None,
    database_url: Database = None,
) -> None:
    """Make a backup beside everything that runs: all of one moment, from which a restart goes on as after a kill."""
    from clearance.backup.process import saved

    broker(bootstrap)
    settings = load(kafka_bootstrap_servers=bootstrap, database_url=database_url)
    with as_wrong_use("FOLDER"):
        manifest = asyncio.run(saved(folder, settings, with_log))
    options.console().print(
        f"{manifest.records} records and {manifest.rows} rows of access are in {folder}; keep the secret of "
        "CLEARANCE_ACCESS_SECRET_FILE elsewhere"
    )
