"""`clearance record`: a slice of the live log into a folder, told of other people, to be replayed and tested with."""

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from clearance.cli import options
from clearance.cli.broker import Bootstrap, broker
from clearance.cli.wrong_use import as_wrong_use
from clearance.events.partition.replay import Arrival
from clearance.operations.slice_reading import Bound, SliceWanted, read_slice
from clearance.operations.slice_recording import record_slice, writable
from clearance.operations.slices import Slice
from clearance.settings.tables import default_tables

EXAMPLES = """
Examples:

  clearance record --declaration E20260004010000003 --out held-again               all that was said of one declaration

  clearance record --from 2026-03-02T01:00:00Z --to 2026-03-02T02:00:00Z --out an-hour    what came in an hour

  clearance record --partition 3 --from 1200 --to 1300 --out around-1234           by offsets
"""
Declarations = Annotated[
    list[str] | None,
    typer.Option(
        "--declaration", "--number", metavar="NUMBER", help="Its id, or a number that messages are filed under."
    ),
]


def record(
    out: Annotated[Path, typer.Option(file_okay=False, help="The folder to make.")],
    declaration: Declarations = None,
    partition: Annotated[list[int] | None, typer.Option(min=0, help="Only of this partition.")] = None,
    since: Annotated[
        str, typer.Option("--from", metavar="TIME|OFFSET", help="From this time of the broker, or offset, on.")
    ] = "",
    until: Annotated[str, typer.Option("--to", metavar="TIME|OFFSET", help="Up to, without, this one.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="Refuse a slice of more messages.")] = 1000,
    bootstrap: Bootstrap = None,
) -> None:
    """Write a slice of the log as a recording: numbers, names and notes are replaced, the same by the same.

    What comes out of it (status, timeline, anomalies) is as before; that is checked each time. Exit code 1 if not.
    """
    if not (declaration or partition or since or until):
        raise typer.BadParameter("say which: --declaration, --partition, --from, --to")
    if out.exists():
        raise typer.BadParameter(f"{out} is there already: name a new folder", param_hint="--out")
    wanted = SliceWanted(tuple(declaration or ()), tuple(partition or ()), _bound(since), _bound(until), limit)
    if any(isinstance(bound, int) for bound in (wanted.since, wanted.until)) and len(wanted.partitions) != 1:
        raise typer.BadParameter("offsets count within one partition: name it with --partition", param_hint="--from")
    selected = _selected(broker(bootstrap), wanted)
    arrivals = _writable(selected.arrivals(default_tables()))
    if not arrivals:
        raise typer.BadParameter("the slice holds no message")
    if selected.left_out:
        typer.echo(f"left out: {selected.left_out:,} records that are no input (see `clearance dlq list`)", err=True)
    raise typer.Exit(_write(out, arrivals, wanted.source))


def _selected(address: str, wanted: SliceWanted) -> Slice:
    with as_wrong_use(), Progress(console=options.console(stderr=True), transient=True) as bar:

        def meter(what: str, records: int) -> Callable[[int], None]:
            return partial(bar.advance, bar.add_task(what, total=records))

        return asyncio.run(read_slice(address, wanted, meter))


def _writable(arrivals: Iterable[Arrival]) -> list[Arrival]:
    sorted_out = writable(arrivals)
    for line in sorted_out.left_out:
        typer.echo(f"left out: {line}", err=True)
    return sorted_out.arrivals


def _write(out: Path, arrivals: list[Arrival], source: str) -> int:
    """The exit code."""
    recorded = record_slice(out, arrivals, source, default_tables())
    console = options.console()
    for declaration in recorded.story:
        console.print(f"{declaration.id}  {declaration.status}", soft_wrap=True)
    console.print(
        f"{recorded.arrivals:,} arrivals in {out}; expected.json is drawn from them: check it by hand", soft_wrap=True
    )
    for difference in recorded.differences:
        typer.echo(f"otherwise than in the log: {difference}", err=True)
    return 1 if recorded.differences else 0


def _bound(text: str) -> Bound:
    if not text:
        return None
    return int(text) if text.isdecimal() else options.instant(text)
