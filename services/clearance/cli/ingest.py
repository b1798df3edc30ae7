"""`clearance ingest PATH…`: received files and recordings into the log; `--watch DIR`: what comes into a folder.

A file without a sidecar is taken to have come promptly, at the authority's own time, so that loading a month of files
finds what a running system would have found then. In a watched folder a file comes when it is seen.
"""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from clearance.cli import options
from clearance.cli.broker import Bootstrap, broker
from clearance.cli.ingest_files import load_files, message_files
from clearance.edge import process
from clearance.edge.received import Watched
from clearance.events.values.times import rfc3339
from clearance.operations.loading import Loading
from clearance.settings import load
from clearance.settings.clock import utc_now

EXAMPLES = """
Examples:

  clearance ingest inbox/                               every message in a folder and the folders below it

  clearance ingest --as acme --backfill march/          history: raises nothing before its end, notifies nobody

  clearance ingest --watch InBox/ --as acme             what an import client leaves there, until Ctrl-C

  clearance ingest --watch InBox/ --done InBox/done     the same, and move what was taken
"""


def ingest(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(exists=True, readable=True, help="Message files, or folders of them, recordings too."),
    ] = None,
    watch: Annotated[
        Path | None, typer.Option(exists=True, file_okay=False, help="Take what comes into this folder (*.xml).")
    ] = None,
    organisation: options.Organisation = "self",
    system: options.System = "",
    backfill: Annotated[bool, typer.Option("--backfill", help="This is history, and complete at the end.")] = False,
    backfill_id: Annotated[
        str, typer.Option(metavar="ID", help="The same, under an id of yours: to go on where one broke off.")
    ] = "",
    aside: Annotated[
        Path | None, typer.Option(file_okay=False, help="Where copies of files over 1 MiB are kept.")
    ] = None,
    done: Annotated[
        Path | None, typer.Option(exists=True, file_okay=False, help="With --watch: move there what was taken.")
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="With --watch: where its journal is.  [default: DIR/.clearance]"),
    ] = None,
    every: Annotated[float, typer.Option(min=0.1, help="With --watch: seconds between two looks.")] = 2.0,
    metrics_port: Annotated[int | None, typer.Option(help="Where Prometheus scrapes this.")] = None,
    bootstrap: Bootstrap = None,
) -> None:
    """Put received files and recordings into the log, in the order of their times. Sent twice, they change nothing.

    A file that is no message becomes a dead letter and the next one is taken; the exit code is then 1.
    """
    if (watch is None) == (not paths):
        raise typer.BadParameter("name files and folders, or one folder to --watch", param_hint="PATH")
    if watch is None:
        name = backfill_id or (f"backfill-{rfc3339(utc_now())}" if backfill else "")
        settings = load(kafka_bootstrap_servers=broker(bootstrap), ingest_metrics_port=metrics_port)
        loading = Loading(message_files(paths or ()), organisation, system, backfill=name, aside=aside)
        counts = asyncio.run(load_files(loading, settings))
        raise typer.Exit(1 if counts["refused"] or counts["unreadable"] else 0)
    if backfill or backfill_id:
        raise typer.BadParameter("what comes into a folder is no history", param_hint="--backfill")
    journal = state or watch / ".clearance"
    watched = Watched(
        folder=watch,
        aside=aside or journal / "aside",
        done=done,
        organisation=organisation,
        system=system,
        every_seconds=every,
    )
    settings = load(kafka_bootstrap_servers=bootstrap, ingest_metrics_port=metrics_port)
    asyncio.run(process.follow_folder(watched, journal, settings))
