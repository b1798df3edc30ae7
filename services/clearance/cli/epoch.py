"""`clearance epoch`: which fold of history all readers answer from. One command to switch, and one back."""

import asyncio
from typing import Annotated

import typer
from aiokafka.errors import KafkaError

from clearance.cli import options
from clearance.cli.broker import Bootstrap, broker, reading
from clearance.contracts import topic
from clearance.kafka import clients, epochs
from clearance.kafka.admin import Admin
from clearance.kafka.errors import BrokerError
from clearance.kafka.names import EPOCHS, Names
from clearance.kafka.progress_reading import AT_WORK, progress_of
from clearance.kafka.ready import require_topics
from clearance.rebuild.readiness import what_is_behind, what_is_stale
from clearance.settings import load
from clearance.settings.clock import utc_now
from clearance.store.connect import open_store
from clearance.store.errors import StoreError

app = typer.Typer(help="Which fold of history is answered from: look, switch, go back.", no_args_is_help=True)
SWITCH = """
Examples:

  clearance epoch switch 1                 when `clearance rebuild --epoch 1`, its tracker and its projector are there

  clearance epoch back                     undo it
"""
PARTITIONS = topic("declaration-status").partitions
EpochNumber = Annotated[int, typer.Argument(min=0, metavar="EPOCH")]
DatabaseUrl = Annotated[
    str | None, typer.Option(metavar="URL", help="The store of epoch 0; that of another epoch lies beside it.")
]


@app.command("show")
def show(bootstrap: Bootstrap = None, database_url: DatabaseUrl = None) -> None:
    """Show which epoch is current, and what of it is behind. Exit code 1 if anything is."""
    address = broker(bootstrap)
    now = asyncio.run(epochs.ask(address))
    before = "there was no switch yet" if now.before is None else f"`clearance epoch back` leads to {now.before}"
    typer.echo(f"epoch {now.epoch} is answered from; {before}")
    behind = _behind(address, now.epoch, database_url)
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
    address = broker(bootstrap)
    now = asyncio.run(epochs.ask(address))
    if now.epoch == epoch:
        typer.echo(f"epoch {epoch} is answered from already")
        return
    require_topics(address, Names.of(epoch))
    behind = _behind(address, epoch, database_url)
    _tell(behind)
    if behind and not force:
        typer.echo(f"not switched: epoch {epoch} has not caught up; epoch {now.epoch} is answered from", err=True)
        raise typer.Exit(1)
    _switch(address, epoch, now.epoch)


@app.command("back")
def back(bootstrap: Bootstrap = None, database_url: DatabaseUrl = None) -> None:
    """Let all readers answer from the epoch before the last switch. What of it is behind is told, and no obstacle."""
    address = broker(bootstrap)
    now = asyncio.run(epochs.ask(address))
    if now.before is None:
        raise typer.BadParameter("there was no switch yet: epoch 0 is answered from")
    require_topics(address, Names.of(now.before))
    _tell(_behind(address, now.before, database_url))
    _switch(address, now.before, now.epoch)


@app.command("retire")
def retire(
    epoch: Annotated[int, typer.Argument(min=1, metavar="EPOCH")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Delete the topics of an epoch that nobody needs any more. Never those of epoch 0: they hold the history itself.

    Refused for the current epoch, and while its tracker is at work.
    """
    address, names = broker(bootstrap), Names.of(epoch)
    now = asyncio.run(epochs.ask(address))
    if now.epoch == epoch:
        raise typer.BadParameter(f"epoch {epoch} is answered from: switch to another one first")
    require_topics(address, names)
    if asyncio.run(_is_at_work(address, names)):
        raise typer.BadParameter(f"a tracker is at work on epoch {epoch}: stop it, its projector and its feeder first")
    lost = "; `clearance epoch back` will have nowhere to lead" if now.before == epoch else ""
    if not yes:
        typer.confirm(f"Delete the {len(names.cards())} topics of epoch {epoch}{lost}?", abort=True)
    Admin(address).delete(names.cards())
    typer.echo(
        f"epoch {epoch} is gone; its store may be dropped: the file that ends in .e{epoch}, or the schema epoch_{epoch}"
    )


def _behind(address: str, epoch: int, database_url: str | None) -> list[str]:
    found = asyncio.run(_behind_in_topics(address, Names.of(epoch)))
    engine = open_store(load(database_url=database_url).database_url, epoch)
    try:
        stale = [*what_is_stale(engine, PARTITIONS, utc_now())]
    except StoreError as error:
        stale = [str(error)]
    finally:
        engine.dispose()
    return [*found, *(f"{one}: `clearance projector --epoch {epoch}` fills it" for one in stale)]


async def _behind_in_topics(address: str, names: Names) -> list[str]:
    async with reading(address) as reader:
        return await what_is_behind(reader, names, utc_now())


async def _is_at_work(address: str, names: Names) -> bool:
    async with reading(address) as reader:
        told = [await progress_of(reader, names, partition) for partition in range(PARTITIONS)]
    return any(one is not None and utc_now() - one.wall_time < AT_WORK for one in told)


def _tell(behind: list[str]) -> None:
    for one in behind:
        options.console(stderr=True).print(f"behind: {one}", soft_wrap=True)


def _switch(address: str, to: int, before: int) -> None:
    asyncio.run(_write(address, to, before))
    typer.echo(f"epoch {to} is answered from; `clearance epoch back` leads to epoch {before}")


async def _write(address: str, to: int, before: int) -> None:
    producer = clients.new_producer(address)
    try:
        await producer.start()
        await epochs.switch(producer, to, before, utc_now())
    except KafkaError as error:
        raise BrokerError(f"{EPOCHS} was not written: {error}") from error
    finally:
        await producer.stop()
