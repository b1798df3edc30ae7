"""`clearance dlq add`: asks about one input, says whether it was set aside in time, and what to do next."""

import asyncio

import typer

from clearance.cli import options
from clearance.cli.wrong_use import as_wrong_use
from clearance.kafka.names import epoch_of
from clearance.kafka.places import Place
from clearance.operations.errors import FoldedMeanwhile
from clearance.operations.set_aside_input import Found, SetAside, set_aside_input

POISON, NEWER = "it cannot be folded", "of a newer version"
"""The reason if none is given."""


def set_aside(address: str, where: Place, reason: str, *, newer: bool, yes: bool) -> int:
    """The exit code: 1 if it came too late. Raises `BrokerError`, and `typer.BadParameter` for what cannot be."""

    def ask(found: Found) -> None:
        if not yes:
            typer.confirm(options.plain(_question(where, found)), abort=True)

    try:
        with as_wrong_use():
            done = asyncio.run(set_aside_input(address, where, reason, ask, newer=newer))
    except FoldedMeanwhile as error:
        options.console().print(str(error), soft_wrap=True)
        return 1
    for line in _done(where, reason, done, newer):
        options.console().print(line, soft_wrap=True)
    return 0


def _question(where: Place, found: Found) -> str:
    if found.until is not None:
        return f"Set aside offsets {where.offset} to {found.until} of {where.topic}:{where.partition}, unread?"
    kind = dict(found.record.headers).get("kind", b"record").decode("utf-8", "replace")
    key = (found.record.key or b"the whole partition").decode("utf-8", "replace")
    return f"Set aside the {kind} for {key} at {where}?"


def _done(where: Place, reason: str, done: SetAside, newer: bool) -> list[str]:
    epoch = epoch_of(where.topic)
    upto = f" to {done.until}" if done.until is not None else ""
    lines = [f"set aside: {where}{upto} is not folded in epoch {epoch}"]
    if newer:
        again = f"clearance dlq redrive --all --stage operator --reason '{reason}'"
        lines.append(f"after the upgrade, `{again}` brings it back")
    if done.parked is not None:
        lines.append(f"its partition waits: `clearance partitions unpark {done.parked} --epoch {epoch}` lets it go on")
    return lines
