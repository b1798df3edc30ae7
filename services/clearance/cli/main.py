"""`clearance`: the command line."""

import sys
from importlib.metadata import version
from io import TextIOWrapper
from typing import Annotated

import typer

from clearance.cli import codes, explain, replay
from clearance.contracts.tables import InvalidTable

app = typer.Typer(
    name="clearance",
    help="Follows customs declarations through their receipts: where they stand, and what is wrong in time to act.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
)
app.command("replay", epilog=replay.EXAMPLES)(replay.replay)
app.command("explain", epilog=explain.EXAMPLES)(explain.explain)
app.command("codes", epilog=codes.EXAMPLES)(codes.codes)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(version("clearance"))
        raise typer.Exit


@app.callback()
def options(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Options of the program itself."""


def main() -> None:
    """Run; what is wrong with a table or a file is one line and exit code 2, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal that knows no Chinese shows question marks
            stream.reconfigure(errors="replace")
    try:
        app()
    except InvalidTable as error:
        typer.echo(f"clearance: {error}", err=True)
        sys.exit(2)
    except OSError as error:
        typer.echo(f"clearance: {error.filename or ''}: {error.strerror or error}", err=True)
        sys.exit(2)
