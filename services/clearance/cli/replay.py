"""`clearance replay PATH…`: every declaration that the messages speak of, without any server."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.progress import track

from clearance.cli import options
from clearance.cli.declaration_panel import show_declaration, show_summary
from clearance.events.learning.expectations import Expectations, InvalidExpectations, decode_expectations
from clearance.events.partition.replay import Arrival, Replay
from clearance.events.tables.tables import Tables
from clearance.recordings.read import read_paths
from clearance.recordings.story import Story, ToldDeclaration
from clearance.settings.tables import tables_with

EXAMPLES = """
Examples:

  clearance replay inbox/                       every message in a folder and the folders below it

  clearance replay --lang zh a.xml b.xml        two files, words in Chinese

  clearance replay inbox/ --until 2026-03-09T00:00:00Z   what is overdue by then

  clearance replay inbox/ --json | jq '.declarations | keys'
"""

MANY = 500
"""From so many arrivals on, a progress bar is shown."""


def replay(
    paths: options.Paths,
    organisation: options.Organisation = "self",
    system: options.System = "",
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Let time pass until then: what is overdue opens.")
    ] = None,
    durations: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Thresholds of your own, over those that ship.")
    ] = None,
    expectations: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="What was learned, of `clearance expectations --json`."),
    ] = None,
    language: options.Lang = "en",
    as_json: options.Json = False,
) -> None:
    """Print every declaration that the messages speak of: status, timeline, flags, what is wrong.

    A file that is no message is named with the reason and the next one is taken; the exit code is then 1.
    """
    end = options.instant(until) if until else None
    tables = tables_with(durations)
    arrivals = list(read_paths(paths, organisation, system))
    if not arrivals:
        raise typer.BadParameter("no message files there", param_hint="PATH")
    folded = Replay(tables, _table(expectations)).feed(_with_progress(arrivals))
    if end is not None:
        folded.pass_time(end)
    story = Story(folded)
    if as_json:
        typer.echo(to_json(story, tables))
    else:
        console = options.console()
        for told in story:
            show_declaration(console, told, tables, language)
        show_summary(console, story)
    raise typer.Exit(1 if story.refused else 0)


def _table(path: Path | None) -> Expectations | None:
    try:
        return decode_expectations(path.read_bytes()) if path else None
    except InvalidExpectations as error:
        raise typer.BadParameter(f"{path}: {error}", param_hint="--expectations") from error


def _with_progress(arrivals: list[Arrival]) -> Iterable[Arrival] | Iterator[Arrival]:
    if len(arrivals) < MANY:
        return arrivals
    return track(arrivals, description="replaying", console=options.console(stderr=True), transient=True)


def to_json(story: Story, tables: Tables) -> str:
    """Views and anomalies by declaration id, these with their words; what was refused; what came twice."""
    found = {
        "declarations": {told.id: {"view": told.view, "anomalies": _anomalies(told, tables)} for told in story},
        "refused": story.refused,
        "duplicates": story.duplicates,
    }
    return msgspec.json.format(msgspec.json.encode(found, order="deterministic"), indent=2).decode()


def _anomalies(told: ToldDeclaration, tables: Tables) -> list[dict[str, Any]]:
    """As they are held, with the words in both languages and what their receipts say that somebody must act on."""
    return [
        msgspec.structs.asdict(one)
        | {
            "words": {"en": told.words(one, tables, "en"), "zh": told.words(one, tables, "zh")},
            "particulars": [stated for line in told.evidence(one) for stated in line.particulars],
        }
        for one in told.anomalies
    ]
