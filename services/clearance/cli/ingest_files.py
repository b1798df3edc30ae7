"""Files into the log: in the order of their times, with a bar where there are many, and a line that counts."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import Progress
from rich.text import Text

from clearance.cli import options
from clearance.cli.replay import MANY
from clearance.edge.outcomes import TakenArrival
from clearance.edge.shown import shown_board
from clearance.metrics import Board
from clearance.operations.loading import Loading
from clearance.recordings.read import ArrivalFile, files_of
from clearance.settings import InvalidSetting, Settings, needs_broker


def message_files(paths: Sequence[Path]) -> list[ArrivalFile]:
    """The files there. Raises `typer.BadParameter` if there are none."""
    with options.console(stderr=True).status("looking through the files"):
        files = files_of(paths)
    if not files:
        raise typer.BadParameter("no message files there", param_hint="PATH")
    return files


async def load_files(loading: Loading, settings: Settings) -> Counter[str]:
    """How many had which result. Raises `BrokerError`."""
    console, files = options.console(), len(loading.files)
    if loading.backfill:
        console.print(f"backfill {loading.backfill}: if it breaks off, go on with --backfill-id {loading.backfill}")
    try:
        with _bar(files) as bar:
            task = bar.add_task("appending", total=files)
            async for taken in loading.run(needs_broker(settings), _board(console, settings)):
                _note(console, taken)
                bar.advance(task)
    finally:
        _summary(console, loading.counts, files)
    return loading.counts


def _board(console: Console, settings: Settings) -> Board | None:
    """The metrics, if they can be shown: a load beside another one, or beside a watched folder, goes on without."""
    try:
        return shown_board(settings)
    except InvalidSetting as error:
        console.print(f"without metrics: {error}", soft_wrap=True)
        return None


def _bar(files: int) -> Progress:
    return Progress(console=options.console(stderr=True), transient=True, disable=files < MANY)


def _note(console: Console, taken: TakenArrival) -> None:
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
