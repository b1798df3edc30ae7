"""`clearance`: the command line. Only the command that is asked for is loaded: all of them take a second longer."""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from io import TextIOWrapper
from typing import Annotated

import typer

from clearance.contracts.tables import InvalidTable
from clearance.events.log.upcasting import NewerVersion
from clearance.kafka.errors import BrokerError
from clearance.settings import InvalidSetting
from clearance.store.errors import StoreError

RUN, MESSAGES, FILES = "Run it", "Messages and declarations", "Without a server"
ACCESS = "Who may ask"
COMMANDS = {
    "up": RUN,
    "topics": RUN,
    "doctor": RUN,
    "tracker": RUN,
    "analyst": RUN,
    "projector": RUN,
    "api": RUN,
    "notices": RUN,
    "rebuild": RUN,
    "simulate": RUN,
    "ingest": MESSAGES,
    "status": MESSAGES,
    "watch": MESSAGES,
    "anomalies": MESSAGES,
    "incidents": MESSAGES,
    "record": MESSAGES,
    "replay": FILES,
    "explain": FILES,
    "codes": FILES,
    "evaluate": FILES,
    "rules": FILES,
    "expectations": MESSAGES,
    "dlq": MESSAGES,
    "epoch": RUN,
    "move": RUN,
    "purge": RUN,
    "partitions": RUN,
    "archive": RUN,
    "backup": RUN,
    "restore": RUN,
    "organisations": ACCESS,
    "keys": ACCESS,
    "access": ACCESS,
    "recipients": ACCESS,
}
"""The panel of each. A command is the function of its name in the module of its name, or the `app` of a module that has
commands of its own."""


def program(asked: Sequence[str] = ()) -> typer.Typer:
    """The program with the command that is asked for; with all, if that is none of them."""
    app = typer.Typer(
        name="clearance",
        help="Follows customs declarations through their receipts: where they stand, and what is wrong in time to act.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode="rich",
    )
    app.callback()(options)
    for name in [name for name in COMMANDS if name in asked] or COMMANDS:
        _add(app, name)
    return app


def _add(app: typer.Typer, name: str) -> None:
    module, panel = import_module(f"clearance.cli.{name}"), COMMANDS[name]
    if hasattr(module, "app"):
        app.add_typer(module.app, name=name, rich_help_panel=panel)
    else:
        app.command(name, epilog=module.EXAMPLES, rich_help_panel=panel)(getattr(module, name))


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(version("clearance"))
        raise typer.Exit


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
        program(sys.argv[1:2])()
    except (InvalidTable, InvalidSetting, BrokerError, StoreError, NewerVersion) as error:
        typer.echo(f"clearance: {error}", err=True)
        sys.exit(2)
    except OSError as error:
        typer.echo(f"clearance: {error.filename or ''}: {error.strerror or error}", err=True)
        sys.exit(2)
