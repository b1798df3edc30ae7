"""`clearance dlq`: inputs that were set aside. Look at them, send them again, set one aside by hand."""

import asyncio
from typing import Annotated

import typer

from clearance.cli import dead_letters_shown, dlq_add, dlq_redrive, options
from clearance.cli.broker import Bootstrap, broker
from clearance.cli.wrong_use import as_wrong_use, place
from clearance.kafka.places import Place
from clearance.operations.dead_letters import (
    LetterChoice,
    Stage,
    StoredLetter,
    choose_letters,
    holds_letters,
    letters_at,
    stored_letter,
)
from clearance.operations.readers import read_place
from clearance.operations.set_aside_input import check_is_input

app = typer.Typer(help="Inputs that were set aside: look at them, send them again.", no_args_is_help=True)

LIST = """
Examples:

  clearance dlq list --stage edge                        what came in and was no message

  clearance dlq list --since 2026-03-02T00:00:00Z --json | jq '.[].reason'
"""
SHOW = """
Examples:

  clearance dlq show declaration-inputs-dlq:0:17         a dead letter: why, headers, bytes

  clearance dlq show declaration-inputs:3:1207           any record of the log
"""
REDRIVE = """
Examples:

  clearance dlq redrive declaration-inputs-dlq:0:17      one, at a new position

  clearance dlq redrive --all --reason 'no known format' --dry-run     what would be sent, after a codec was added
"""
ADD = """
Examples:

  clearance dlq add declaration-inputs:3:1207 --reason 'parks its partition: issue 81'

  clearance dlq add declaration-inputs:3:1207 --newer-version     what only the next release reads
"""
Where = Annotated[Place, typer.Argument(parser=place, metavar="TOPIC:PARTITION:OFFSET", help="Where it lies.")]
OfStage = Annotated[Stage | None, typer.Option(help="Who set it aside.")]
Since = Annotated[str | None, typer.Option(metavar="TIME", help="Set aside since then.")]
OfEpoch = Annotated[
    int | None, typer.Option("--epoch", min=0, help="Whose tracker set it aside; the current one if not given.")
]
WithReason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Whose reason holds this text.")]


@app.command("list", epilog=LIST)
def list_letters(
    stage: OfStage = None,
    since: Since = None,
    reason: WithReason = "",
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 100,
    epoch: OfEpoch = None,
    as_json: options.Json = False,
    bootstrap: Bootstrap = None,
) -> None:
    """List what was set aside: when, by whom, why, where it came from."""
    choice = _choice(stage, since, reason)
    letters = _chosen(broker(bootstrap), epoch, choice, headings_only=True)
    dead_letters_shown.show_list(letters, limit, as_json)


@app.command("show", epilog=SHOW)
def show(where: Where, as_json: options.Json = False, bootstrap: Bootstrap = None) -> None:
    """Show one dead letter, or any record of the log: headers, reason, bytes."""
    address = broker(bootstrap)
    with as_wrong_use():
        record = asyncio.run(read_place(address, where))
        if holds_letters(where.topic):
            dead_letters_shown.show_letter(stored_letter(record), as_json)
        else:
            dead_letters_shown.show_record(record, as_json)


@app.command("redrive", epilog=REDRIVE)
def redrive_letters(
    where: Annotated[list[Place] | None, typer.Argument(parser=place, metavar="TOPIC:PARTITION:OFFSET...")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that the options below choose.")] = False,
    stage: OfStage = None,
    since: Since = None,
    reason: WithReason = "",
    epoch: OfEpoch = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent, and send nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Send dead letters again: their bytes and headers, with the time at which they were received.

    The dead letter stays where it is; sent twice, an input changes nothing. Exit code 1 if one cannot be sent.
    """
    if bool(where) == everything:
        raise typer.BadParameter("name dead letters, or take --all", param_hint="TOPIC:PARTITION:OFFSET")
    address = broker(bootstrap)
    letters = _named(address, where) if where else _chosen(address, epoch, _choice(stage, since, reason))
    raise typer.Exit(dlq_redrive.redrive(address, letters, dry_run=dry_run, yes=yes))


@app.command("add", epilog=ADD)
def add(
    where: Where,
    reason: Annotated[str | None, typer.Option(help="Why, for whoever comes after you.")] = None,
    newer_version: Annotated[
        bool, typer.Option("--newer-version", help="It is of a newer version, and comes back after the upgrade.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Set an input aside that the tracker cannot fold, or a batch that it cannot read, in this epoch.

    Refused for what the tracker has folded already. A tracker reads the list within a second, or when it starts;
    the input is then a dead letter.
    """
    with as_wrong_use("TOPIC:PARTITION:OFFSET"):
        check_is_input(where)
    why = reason or (dlq_add.NEWER if newer_version else dlq_add.POISON)
    raise typer.Exit(dlq_add.set_aside(broker(bootstrap), where, why, newer=newer_version, yes=yes))


def _choice(stage: Stage | None, since: str | None, reason: str) -> LetterChoice:
    return LetterChoice(stage, options.instant(since) if since else None, reason)


def _chosen(
    address: str, epoch: int | None, choice: LetterChoice, *, headings_only: bool = False
) -> list[StoredLetter]:
    """Those that are meant, the oldest first. What is no dead letter is told, and left out."""
    chosen = asyncio.run(choose_letters(address, choice, epoch, headings_only=headings_only))
    for line in chosen.left_out:
        typer.echo(f"left out: {line}", err=True)
    return chosen.letters


def _named(address: str, places: list[Place]) -> list[StoredLetter]:
    with as_wrong_use():
        return asyncio.run(letters_at(address, places))
