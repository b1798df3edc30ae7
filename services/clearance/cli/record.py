"""`clearance record`: a slice of the live log into a folder, told of other people, to be replayed and tested with."""

import asyncio
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from clearance.cli import options
from clearance.cli.broker import Bootstrap, broker
from clearance.cli.read_slice import PARTITIONS, Bound, Wanted, read_slice
from clearance.events.partition.replay import Arrival, Replay
from clearance.kafka.names import BASE
from clearance.recordings.new_recording import write_recording
from clearance.recordings.pseudonym_check import changed_outcomes
from clearance.recordings.pseudonyms import Pseudonyms
from clearance.recordings.rewriting import Unwritable, rewritten
from clearance.recordings.story import Story
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
    partition: Annotated[
        list[int] | None, typer.Option(min=0, max=PARTITIONS - 1, help="Only of this partition.")
    ] = None,
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
    wanted = Wanted(tuple(declaration or ()), tuple(partition or ()), _bound(since), _bound(until), limit)
    if any(isinstance(bound, int) for bound in (wanted.since, wanted.until)) and len(wanted.partitions) != 1:
        raise typer.BadParameter("offsets count within one partition: name it with --partition", param_hint="--from")
    address, tables = broker(bootstrap), default_tables()
    with Progress(console=options.console(stderr=True), transient=True) as bar:
        found = asyncio.run(read_slice(address, wanted, bar))
    arrivals = list(_writable(found.arrivals(tables)))
    if not arrivals:
        raise typer.BadParameter("the slice holds no message")
    if found.left_out:
        typer.echo(f"left out: {found.left_out:,} records that are no input (see `clearance dlq list`)", err=True)
    raise typer.Exit(_write(out, arrivals, _source(wanted)))


def _write(out: Path, arrivals: list[Arrival], source: str) -> int:
    """The exit code."""
    pseudonyms = Pseudonyms(arrivals)
    told = [pseudonyms.arrival(arrival) for arrival in arrivals]
    before, after = (Story(Replay(default_tables()).feed(story)) for story in (arrivals, told))
    wrong = changed_outcomes(before, after, pseudonyms)
    write_recording(out, told, source)
    console = options.console()
    for one in after:
        console.print(f"{one.id}  {one.status}", soft_wrap=True)
    console.print(
        f"{len(told):,} arrivals in {out}; expected.json is drawn from them: check it by hand", soft_wrap=True
    )
    for difference in wrong:
        typer.echo(f"otherwise than in the log: {difference}", err=True)
    return 1 if wrong else 0


def _bound(text: str) -> Bound:
    if not text:
        return None
    return int(text) if text.isdecimal() else options.instant(text)


def _writable(arrivals: Iterable[Arrival]) -> Iterator[Arrival]:
    for arrival in arrivals:
        try:
            rewritten(arrival.data, str)
        except Unwritable as error:
            typer.echo(f"left out: a message received at {arrival.at}: {error}", err=True)
            continue
        yield arrival


def _source(wanted: Wanted) -> str:
    """Where the slice lies; not whose it was."""
    partitions = f", partition {', '.join(map(str, wanted.partitions))}" if wanted.partitions else ""
    bounds = [f"{word} {bound}" for word, bound in (("from", wanted.since), ("to", wanted.until)) if bound is not None]
    return f"{BASE.inputs}{partitions}{''.join(f', {one}' for one in bounds)}, names and numbers replaced"
