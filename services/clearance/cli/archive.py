"""`clearance archive`: inputs of the log in files, before they are purged there, and the proof that none is missing."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from clearance.archive.verifying import Verified, verify
from clearance.cli import options
from clearance.cli.broker import Bootstrap, broker
from clearance.operations.archiving import archive_log
from clearance.settings import load

app = typer.Typer(help="Inputs of the log in files, so that they may be purged there.", no_args_is_help=True)
WRITE = """
Examples:

  clearance archive write /srv/archive       beside everything that runs, each night for instance

  clearance archive verify /srv/archive      before a purge, and of each copy

  CLEARANCE_ARCHIVE_FOLDER=/srv/archive clearance rebuild --epoch 1      history from the archive, then the log
"""
Folder = Annotated[
    Path | None, typer.Argument(metavar="FOLDER", help="The archive; that of CLEARANCE_ARCHIVE_FOLDER if not given.")
]


@app.command("write", epilog=WRITE)
def write(folder: Folder = None, bootstrap: Bootstrap = None) -> None:
    """Add to an archive what the log of inputs holds behind it. Killed at any moment, the next one goes on."""
    address, archive = broker(bootstrap), _archive(folder)
    for one in asyncio.run(archive_log(address, archive)):
        options.console().print(
            f"{one.topic}:{one.partition}: offsets {one.first} to before {one.end} in {len(one.segments)} segments"
        )


@app.command("verify", epilog=WRITE)
def verified(folder: Folder = None) -> None:
    """Read every segment: its digest, its records, and that it joins the one before. Asks no broker.

    Exit code 1 if anything is wrong.
    """
    found = [*verify(_archive(folder))]
    for one in found:
        options.console().print(options.plain(_line(one)), soft_wrap=True)
    raise typer.Exit(1 if any(one.problem for one in found) else 0)


def _line(one: Verified) -> str:
    if one.problem:
        return f"{one.topic}:{one.partition}: {one.problem}"
    return f"{one.topic}:{one.partition}: whole from {one.first} to before {one.end}, {one.records} records"


def _archive(folder: Path | None) -> Path:
    """Raises `typer.BadParameter` where neither the argument nor the setting names one."""
    named = load(archive_folder=str(folder) if folder else None).archive_folder
    if not named:
        raise typer.BadParameter("name the folder of the archive, or set CLEARANCE_ARCHIVE_FOLDER")
    return Path(named)
