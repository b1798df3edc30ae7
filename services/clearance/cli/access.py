"""`clearance access`: a backup of organisations, keys, registrations and the audit log, and its way back."""

import os
from pathlib import Path
from typing import Annotated

import typer

from clearance.cli import options
from clearance.cli.organisations import Database
from clearance.cli.wrong_use import as_wrong_use
from clearance.settings import load

app = typer.Typer(help="What the log cannot give back: its backup, and its way back.", no_args_is_help=True)

BACKUP = """
Examples:

  clearance access backup access.jsonl         organisations, keys (their hashes), registrations, audit
"""
RESTORE = """
Examples:

  clearance access restore access.jsonl        into a database where none of it is kept yet
"""
File = Annotated[Path, typer.Argument(metavar="FILE", help="JSON lines, one for each row.", show_default=False)]


@app.command("backup", epilog=BACKUP)
def backup(file: File, database_url: Database = None) -> None:
    """Write all that is kept of access into a new file, which nobody else may read."""
    from clearance.access import backup, database

    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise typer.BadParameter(f"{error.strerror}: name a file that can be made anew", param_hint="FILE") from error
    with open(descriptor, "wb") as written, database.opened(load(database_url=database_url)) as engine:
        rows = backup.write(engine, written)
    options.console().print(f"{rows} rows are in {file}; keep the secret of CLEARANCE_ACCESS_SECRET_FILE elsewhere")


@app.command("restore", epilog=RESTORE)
def restore(file: File, database_url: Database = None) -> None:
    """Restore a backup, whole, where nothing is kept yet. Keys work as before, with the same secret."""
    from clearance.access import backup, database

    if not file.is_file():
        raise typer.BadParameter(f"there is no file {file}", param_hint="FILE")
    with as_wrong_use("FILE"), file.open("rb") as lines, database.opened(load(database_url=database_url)) as engine:
        rows = backup.restore(engine, lines)
    options.console().print(f"{rows} rows are restored")
