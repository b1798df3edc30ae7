"""Files into the log: in the order of their times, with a bar where there are many, and a line that counts."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import typer
from msgspec.structs import replace
from rich.console import Console
from rich.progress import Progress
from rich.text import Text

from clearance.cli import options
from clearance.cli.replay import MANY
from clearance.edge.append import open_edge
from clearance.edge.letters import TooLarge, is_too_large, too_large_file
from clearance.edge.outcomes import TakenArrival
from clearance.edge.received import keep_aside
from clearance.events.partition.replay import Arrival
from clearance.recordings.read import ArrivalFile, arrival_of_file, files_of
from clearance.recordings.sidecar import UnreadableFile
from clearance.settings.clock import utc_now

MARKED = frozenset({"message", "command"})
"""The kinds of arrival that a backfill marks."""


@dataclass(frozen=True)
class Load:
    """What is to be loaded, and how. `backfill` is its id, "" for live messages; `aside` keeps what is too large."""

    paths: tuple[Path, ...]
    organisation: str
    system: str
    backfill: str
    aside: Path | None


async def load_files(load: Load, bootstrap: str) -> Counter[str]:
    """Append them, and the end of the backfill behind them; how many had which result. Raises `BrokerError`.

    Clocks of recordings are left out: a log has a clock of its own, and follows the one that spoke last.
    """
    console, counts = options.console(), Counter[str]()
    with options.console(stderr=True).status("looking through the files"):
        files = files_of(load.paths)
    if not files:
        raise typer.BadParameter("no message files there", param_hint="PATH")
    if load.backfill:
        console.print(f"backfill {load.backfill}: if it breaks off, go on with --backfill-id {load.backfill}")
    try:
        async with open_edge(bootstrap) as edge:
            with _bar(len(files)) as bar:
                task = bar.add_task("appending", total=len(files))
                async for taken in edge.take_many(_arrivals(load, files, counts)):
                    _note(console, taken, counts)
                    bar.advance(task)
            if load.backfill:
                await edge.end_backfill(load.backfill, utc_now())
    finally:
        _summary(console, counts, len(files))
    return counts


def _arrivals(load: Load, files: Iterable[ArrivalFile], counts: Counter[str]) -> Iterator[Arrival | TooLarge]:
    for file in files:
        arrival = arrival_of_file(file, load.organisation, load.system)
        if arrival.kind == "clock":
            counts["clocks"] += 1
            continue
        if load.backfill and arrival.kind in MARKED:
            arrival = replace(arrival, backfill=load.backfill)
        yield _large(load, file.path, arrival) if is_too_large(file.path) else arrival


def _large(load: Load, path: Path, arrival: Arrival) -> Arrival | TooLarge:
    arrival = replace(arrival, organisation=load.organisation, system=load.system)
    try:
        return keep_aside(path, arrival, load.aside) if load.aside else too_large_file(path, arrival)
    except UnreadableFile as error:
        return replace(arrival, refusal=str(error))


def _bar(files: int) -> Progress:
    return Progress(console=options.console(stderr=True), transient=True, disable=files < MANY)


def _note(console: Console, taken: TakenArrival, counts: Counter[str]) -> None:
    counts[taken.result] += 1
    counts["records"] += len(taken.appended)
    if taken.result != "appended":
        words = f"{options.plain(taken.name)}: {options.plain(taken.reason)}"
        console.print(Text.assemble((f"{taken.result} ", "red"), words), soft_wrap=True)


def _summary(console: Console, counts: Counter[str], files: int) -> None:
    console.print(
        f"{counts['appended']:,} of {files:,} files appended in {counts['records']:,} records, "
        f"{counts['refused']:,} refused, {counts['unreadable']:,} unreadable",
        soft_wrap=True,
    )
    if counts["clocks"]:
        console.print(f"{counts['clocks']:,} clocks of recordings left out: the log has its own")
    if counts["refused"]:
        console.print("What was refused is a dead letter: `clearance dlq list --stage edge`")
