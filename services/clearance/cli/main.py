"""`clearance`: the command line."""

import sys
from importlib.metadata import version
from io import TextIOWrapper
from typing import Annotated

import typer

from clearance.cli import (
    api,
    codes,
    dlq,
    epoch,
    explain,
    ingest,
    partitions,
    projector,
    rebuild,
    record,
    replay,
    simulate,
    status,
    topics,
    tracker,
    up,
    watch,
)
from clearance.contracts.tables import InvalidTable
from clearance.events.log.upcasting import NewerVersion
from clearance.kafka.errors import BrokerError
from clearance.settings import InvalidSetting
from clearance.store.errors import StoreError

app = typer.Typer(
    name="clearance",
    help="Follows customs declarations through their receipts: where they stand, and what is wrong in time to act.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
)
RUN, MESSAGES, FILES = "Run it", "Messages and declarations", "Without a server"
for panel, name, module, function in (
    (RUN, "up", up, up.up),
    (RUN, "topics", topics, topics.topics),
    (RUN, "tracker", tracker, tracker.tracker),
    (RUN, "projector", projector, projector.projector),
    (RUN, "api", api, api.api),
    (RUN, "rebuild", rebuild, rebuild.rebuild),
    (RUN, "simulate", simulate, simulate.simulate),
    (MESSAGES, "ingest", ingest, ingest.ingest),
    (MESSAGES, "status", status, status.status),
    (MESSAGES, "watch", watch, watch.watch),
    (MESSAGES, "record", record, record.record),
    (FILES, "replay", replay, replay.replay),
    (FILES, "explain", explain, explain.explain),
    (FILES, "codes", codes, codes.codes),
):
    app.command(name, epilog=module.EXAMPLES, rich_help_panel=panel)(function)
app.add_typer(dlq.app, name="dlq", rich_help_panel=MESSAGES)
app.add_typer(epoch.app, name="epoch", rich_help_panel=RUN)
app.add_typer(partitions.app, name="partitions", rich_help_panel=RUN)


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
    except (InvalidTable, InvalidSetting, BrokerError, StoreError, NewerVersion) as error:
        typer.echo(f"clearance: {error}", err=True)
        sys.exit(2)
    except OSError as error:
        typer.echo(f"clearance: {error.filename or ''}: {error.strerror or error}", err=True)
        sys.exit(2)
