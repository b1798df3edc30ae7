"""`clearance epoch`: which fold of history all readers answer from. One command to switch, and one back."""

import asyncio
from typing import Annotated

import typer

from clearance.cli import options
from clearance.cli.broker import Bootstrap, broker
from clearance.cli.wrong_use import as_wrong_use
from clearance.operations import epoch_switch
from clearance.operations.epoch_switch import Switch
from clearance.operations.errors import NotCaughtUp
from clearance.settings import load

app = typer.Typer(help="Which fold of history is answered from: look, switch, go back.", no_args_is_help=True)
SWITCH = """
Examples:

  clearance epoch switch 1                 when `clearance rebuild --epoch 1`, its tracker and its projector are there

  clearance epoch back                     undo it
"""
EpochNumber = Annotated[int, typer.Argument(min=0, metavar="EPOCH")]
DatabaseUrl = Annotated[
    str | None, typer.Option(metavar="URL", help="The store of epoch 0; that of another epoch lies beside it.")
]


@app.command("show")
def show(bootstrap: Bootstrap = None, database_url: DatabaseUrl = None) -> None:
    """Show which epoch is current, and what of it is behind. Exit code 1 if anything is."""
    address = broker(bootstrap)
    now = asyncio.run(epoch_switch.current_epoch(address))
    before = "there was no switch yet" if now.before is None else f"`clearance epoch back` leads to {now.before}"
    typer.echo(f"epoch {now.epoch} is answered from; {before}")
    behind = asyncio.run(epoch_switch.behind(address, now.names(), _store(database_url)))
    _tell(behind)
    raise typer.Exit(1 if behind else 0)


@app.command("switch", epilog=SWITCH)
def switch(
    epoch: EpochNumber,
    force: Annotated[bool, typer.Option("--force", help="Also if it has not caught up.")] = False,
    bootstrap: Bootstrap = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Let all readers answer from this epoch. Refused, with exit code 1, while it has not caught up.

    Every API process switches within a second; each answer comes wholly from one epoch.
    """
    prepared = asyncio.run(epoch_switch.prepare_switch(broker(bootstrap), epoch, _store(database_url)))
    if prepared.is_made:
        typer.echo(f"epoch {epoch} is answered from already")
        return
    try:
        _make(prepared, force=force)
    except NotCaughtUp as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


@app.command("back")
def back(bootstrap: Bootstrap = None, database_url: DatabaseUrl = None) -> None:
    """Let all readers answer from the epoch before the last switch. What of it is behind is told, and no obstacle."""
    address = broker(bootstrap)
    with as_wrong_use():
        prepared = asyncio.run(epoch_switch.prepare_way_back(address, _store(database_url)))
    _make(prepared, force=True)


@app.command("retire")
def retire(
    epoch: Annotated[int, typer.Argument(min=0, metavar="EPOCH")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Delete the topics of an epoch that nobody needs any more. Never those of the base log: they hold the history.

    Refused for the current epoch, and while its tracker is at work.
    """
    address = broker(bootstrap)
    with as_wrong_use():
        retirement = asyncio.run(epoch_switch.prepare_retirement(address, epoch))
    lost = "; `clearance epoch back` will have nowhere to lead" if retirement.is_way_back else ""
    if not yes:
        typer.confirm(f"Delete the {len(retirement.names.cards())} topics of epoch {epoch}{lost}?", abort=True)
    retirement.make()
    typer.echo(
        f"epoch {epoch} is gone; its store may be dropped: the file that ends in .e{epoch}, or the schema epoch_{epoch}"
    )


def _store(database_url: str | None) -> str:
    return load(database_url=database_url).database_url


def _tell(behind: list[str]) -> None:
    for line in behind:
        options.console(stderr=True).print(f"behind: {line}", soft_wrap=True)


def _make(prepared: Switch, *, force: bool) -> None:
    _tell(prepared.behind)
    asyncio.run(prepared.make(force=force))
    before = prepared.current.epoch
    typer.echo(f"epoch {prepared.to} is answered from; `clearance epoch back` leads to epoch {before}")
