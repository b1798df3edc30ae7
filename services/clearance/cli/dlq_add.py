"""`clearance dlq add`: asks about one input, and says whether it was set aside in time."""

import asyncio
from typing import Any

import typer

from clearance.cli import options
from clearance.cli.wrong_use import as_wrong_use
from clearance.kafka.names import epoch_of
from clearance.kafka.places import Place
from clearance.operations.errors import FoldedMeanwhile
from clearance.operations.set_aside_input import set_aside_input


def set_aside(address: str, where: Place, reason: str, yes: bool) -> int:
    """The exit code: 1 if it came too late. Raises `BrokerError`, and `typer.BadParameter` for what cannot be."""

    def ask(record: Any) -> None:
        if not yes:
            typer.confirm(options.plain(_question(where, record)), abort=True)

    try:
        with as_wrong_use():
            asyncio.run(set_aside_input(address, where, reason, ask))
    except FoldedMeanwhile as error:
        options.console().print(str(error), soft_wrap=True)
        return 1
    options.console().print(f"set aside: {where} is not folded in epoch {epoch_of(where.topic)}", soft_wrap=True)
    return 0


def _question(where: Place, record: Any) -> str:
    kind = dict(record.headers).get("kind", b"record").decode("utf-8", "replace")
    key = (record.key or b"the whole partition").decode("utf-8", "replace")
    return f"Set aside the {kind} for {key} at {where}?"
