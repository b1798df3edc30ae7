"""`clearance dlq redrive`: says what will be sent again, asks, and says where it is now."""

import asyncio
from collections.abc import Iterable

import typer

from clearance.cli import options
from clearance.events.log.input_records import InputRecord
from clearance.operations.dead_letters import StoredLetter
from clearance.operations.redrive import Redrive, prepare_redrive, send_again
from clearance.settings.tables import default_tables


def redrive(address: str, letters: list[StoredLetter], *, dry_run: bool, yes: bool) -> int:
    """The exit code: 1 if one of them cannot be sent. Raises `BrokerError`."""
    prepared, console = prepare_redrive(letters, default_tables()), options.console()
    sendable, left = len(prepared.sendable), len(prepared.refused)
    for stored, reason in prepared.refused:
        options.console(stderr=True).print(f"{stored.place} cannot be sent: {options.plain(reason)}", soft_wrap=True)
    if dry_run or not sendable:
        for stored, records in prepared.sendable:
            console.print(f"{stored.place} would go to {_keys(records)}", soft_wrap=True)
        console.print(f"{sendable:,} would be sent, {left:,} cannot be")
        return 1 if left else 0
    if not yes:
        typer.confirm(f"Send {sendable:,} dead letters again?", abort=True)
    asyncio.run(_send(address, prepared))
    console.print(f"{sendable:,} sent, {left:,} cannot be")
    return 1 if left else 0


async def _send(address: str, prepared: Redrive) -> None:
    async for stored, places in send_again(address, prepared):
        written = ", ".join(str(place) for place in places)
        options.console().print(f"{stored.place} is now {written}", soft_wrap=True)


def _keys(records: Iterable[InputRecord]) -> str:
    return ", ".join(options.plain(record.key) or "its whole partition" for record in records)
