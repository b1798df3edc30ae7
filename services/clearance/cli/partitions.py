"""`clearance partitions`: those that are parked, because an input of theirs cannot be read or folded."""

import asyncio
import json
from typing import Annotated

import msgspec
import typer

from clearance.cli import options
from clearance.cli.broker import Bootstrap, broker
from clearance.cli.wrong_use import as_wrong_use
from clearance.operations import parked_partitions
from clearance.operations.parked_partitions import ParkedPartition

app = typer.Typer(help="Partitions that are parked: why, and letting one go on.", no_args_is_help=True)

LIST = """
Examples:

  clearance partitions list                  which are parked, at which input, why and since when
"""
UNPARK = """
Examples:

  clearance dlq add declaration-inputs:3:1207 --reason 'issue 81'

  clearance partitions unpark 3              the tracker goes on behind that input, within a second
"""
Epoch = Annotated[int | None, typer.Option("--epoch", min=0, help="Of which epoch; the current one if not given.")]


@app.command("list", epilog=LIST)
def list_parked(epoch: Epoch = None, as_json: options.Json = False, bootstrap: Bootstrap = None) -> None:
    """List the partitions that are parked. Their answers are stale, and inputs for them wait in the log."""
    found = asyncio.run(parked_partitions.parked_partitions(broker(bootstrap), epoch))
    if as_json:
        typer.echo(json.dumps([_as_json(one) for one in found], ensure_ascii=False))
        return
    for one in found:
        options.console().print(options.plain(_line(one)), soft_wrap=True)
    options.console().print(f"{len(found)} parked")


@app.command("unpark", epilog=UNPARK)
def unpark(
    partition: Annotated[int, typer.Argument(min=0, help="Which one.")],
    epoch: Epoch = None,
    bootstrap: Bootstrap = None,
) -> None:
    """Let a parked partition go on, with the input that it waits at unless that has been set aside."""
    with as_wrong_use("PARTITION"):
        one = asyncio.run(parked_partitions.unpark(broker(bootstrap), partition, epoch))
    how = "goes on behind" if one.mended else "tries once more"
    options.console().print(f"unparked: partition {partition} {how} {one.waits_at}", soft_wrap=True)


def _line(one: ParkedPartition) -> str:
    todo = "set aside: unpark it" if one.mended else "not set aside"
    return f"{one.partition}  at {one.waits_at} since {one.line.at:%Y-%m-%dT%H:%M:%SZ}  {one.line.reason}  ({todo})"


def _as_json(one: ParkedPartition) -> dict[str, object]:
    line: dict[str, object] = msgspec.to_builtins(one.line)
    return line | {"waits_at": str(one.waits_at), "mended": one.mended}
