"""`clearance purge`: the oldest events, or inputs, are deleted from the log."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from clearance.cli.broker import Bootstrap, broker
from clearance.cli.wrong_use import as_wrong_use
from clearance.kafka.ready import find_names
from clearance.operations.log_purging import prepare_purge
from clearance.settings import PREFIX, InvalidSetting, Settings, load
from clearance.settings.clock import utc_now

EXAMPLES = """
Examples:

  clearance purge --older-than-days 400                events: a store that is rebuilt lacks those that are gone

  clearance purge --older-than-days 800 --inputs       inputs that the archive holds, as is proved before
"""


def purge(
    older_than_days: Annotated[int, typer.Option(min=1, help="By when the broker took them.")],
    inputs: Annotated[bool, typer.Option("--inputs", help="Inputs instead of events.")] = False,
    unarchived: Annotated[
        bool, typer.Option("--unarchived", help="Inputs also if CLEARANCE_ARCHIVE_FOLDER does not hold them.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    epoch: Annotated[int, typer.Option(min=0, help="Whose topics.")] = 0,
    bootstrap: Bootstrap = None,
    database_url: Annotated[
        str | None, typer.Option(metavar="URL", help="The store of epoch 0; that of another epoch lies beside it.")
    ] = None,
) -> None:
    """Delete the oldest records of declaration-events or declaration-inputs, as far as tracker, analyst and store have
    read them. States stay, so nothing that is answered changes: see docs/purging.md.

    Exit code 0: they are gone, or there were none; 2: refused, and nothing was changed.
    """
    before, settings = utc_now() - timedelta(days=older_than_days), load(database_url=database_url)
    archive = _archive(settings) if inputs and not unarchived else None
    address, what = broker(bootstrap), "inputs" if inputs else "events"
    names = find_names(address, epoch)
    with as_wrong_use():
        purging = prepare_purge(
            address, names, "inputs" if inputs else "events", before, settings.database_url, archive=archive
        )
        prepared = asyncio.run(purging)
    if not prepared.records:
        typer.echo(f"no {what} are older than {older_than_days} days and read by all who follow them")
        return
    lost = _lost(inputs, unarchived)
    if not yes:
        typer.confirm(f"Delete {prepared.records} records of {prepared.topic} for ever: {lost}?", abort=True)
    prepared.make()
    typer.echo(f"{prepared.records} records of {prepared.topic} are gone")


def _archive(settings: Settings) -> Path:
    """Raises `InvalidSetting` if there is none."""
    if not settings.archive_folder:
        raise InvalidSetting(
            f"{PREFIX}ARCHIVE_FOLDER is not set: name the archive that holds the inputs (docs/archive.md), or say "
            "--unarchived to lose them"
        )
    return Path(settings.archive_folder)


def _lost(inputs: bool, unarchived: bool) -> str:
    """What is not to be had any more."""
    if not inputs:
        return "a rebuilt store lacks them"
    if unarchived:
        return "no rebuild can fold them, and no bytes of their messages are shown"
    return "they are in the archive only"
