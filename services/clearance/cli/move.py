"""`clearance move`: the base log gets another number of partitions, or another cluster, beside everything that runs."""

import asyncio
from typing import Annotated

import typer

from clearance.cli import options
from clearance.cli.rebuild import Telling
from clearance.cli.wrong_use import as_wrong_use
from clearance.kafka.clients import silence
from clearance.kafka.move_records import Order
from clearance.operations.errors import NotCaughtUp
from clearance.operations.log_move import UnderWay, move_of
from clearance.rebuild.move_process import move
from clearance.settings import Settings, load, logs, needs_broker

app = typer.Typer(
    help="Move the log to another number of partitions, or to another cluster: docs/moving.md.", no_args_is_help=True
)
START = """
Examples:

  clearance move start --epoch 1 --partitions 24                        on this cluster

  clearance move start --epoch 1 --partitions 12 --to kafka-new:9092    to another one

  clearance tracker --epoch 1 --metrics-port 9111                       fold the new log, where it lies (--bootstrap)

  clearance projector --epoch 1 --metrics-port 9112                     fill its store

  clearance move finish                                                 when all three have caught up
"""
FINISH = """
Examples:

  clearance move show        what is still behind

  clearance move finish      seal the old log; from then on everybody writes to the new one
"""
ABANDON = """
Examples:

  clearance move abandon     when `clearance move start` and what folds the new log are stopped
"""
Bootstrap = Annotated[
    str | None,
    typer.Option(metavar="HOST:PORT", help="The broker of the old log; else CLEARANCE_KAFKA_BOOTSTRAP_SERVERS."),
]
DatabaseUrl = Annotated[
    str | None, typer.Option(metavar="URL", help="The store of epoch 0; that of another epoch lies beside it.")
]


@app.command("start", epilog=START)
def start(
    epoch: Annotated[int, typer.Option(min=1, help="The new epoch; a number that was not used yet.")],
    partitions: Annotated[int, typer.Option(min=1, max=1000, help="How many the new log has.")],
    to: Annotated[str, typer.Option(metavar="HOST:PORT", help="The broker of the new log, if it is another.")] = "",
    bootstrap: Bootstrap = None,
    replication_factor: Annotated[
        int | None, typer.Option(min=1, help="Copies of each partition, for the topics of the new log.")
    ] = None,
) -> None:
    """Copy the log into a new one, until `clearance move finish` seals the old one and all of it is copied.

    Makes the topics of the epoch. Killed or stopped, it goes on where it was when it is started again, also behind the
    seals. Exit code 0: moved; 1: stopped before; 2: refused, and nothing was changed.
    """
    settings = load(kafka_bootstrap_servers=bootstrap, kafka_replication_factor=replication_factor)
    logs.configure(settings.log_format, "move")
    silence()
    if not asyncio.run(move(settings, Order(epoch, partitions, to), Telling)):
        raise typer.Exit(1)


@app.command("show")
def show(bootstrap: Bootstrap = None, database_url: DatabaseUrl = None) -> None:
    """Show which move is under way, and what is behind. Exit code 1 if anything is."""
    settings, found = _found(bootstrap, database_url)
    where = f" at {found.order.address}" if found.order.address else ""
    typer.echo(f"{found.current.log} is being moved to {found.new.inputs}{where}, {found.order.partitions} partitions")
    behind = asyncio.run(found.behind(settings.database_url))
    for line in behind:
        options.console(stderr=True).print(f"behind: {line}", soft_wrap=True)
    raise typer.Exit(1 if behind else 0)


@app.command("finish", epilog=FINISH)
def finish(
    force: Annotated[
        bool, typer.Option("--force", help="Also if what folds the new log is behind; copies never are.")
    ] = False,
    bootstrap: Bootstrap = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Seal the old log, wait until its end is copied, and let everybody write to the new one and answer from its epoch.

    Refused, with exit code 1, while anything is behind: nothing is taken until the end is copied. There is no way back.
    """
    settings, found = _found(bootstrap, database_url)
    try:
        seconds = asyncio.run(found.finish(settings.database_url, force=force))
    except NotCaughtUp as error:
        typer.echo(f"not sealed: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(
        f"{found.new.inputs} is the base log, and epoch {found.order.epoch} is answered from; nothing was taken for "
        f"{seconds:.1f} s. Stop what works for the epochs before"
    )


@app.command("abandon", epilog=ABANDON)
def abandon(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False, bootstrap: Bootstrap = None
) -> None:
    """Give a move up, and delete the topics of the new log. Refused while it copies, and once the old log is sealed."""
    _, found = _found(bootstrap, None)
    if not yes:
        typer.confirm(f"Delete the topics of epoch {found.order.epoch}?", abort=True)
    with as_wrong_use():
        asyncio.run(found.abandon())
    typer.echo(f"given up: the base log is {found.current.log}, as it was")


def _found(bootstrap: str | None, database_url: str | None) -> tuple[Settings, UnderWay]:
    settings = load(kafka_bootstrap_servers=bootstrap, database_url=database_url)
    silence()
    with as_wrong_use():
        return settings, asyncio.run(move_of(needs_broker(settings)))
