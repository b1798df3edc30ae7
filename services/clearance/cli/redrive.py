"""`clearance dlq redrive`: dead letters into the log again, after saying what will be sent."""

import asyncio
from collections.abc import Iterable

import typer

from clearance.cli import options
from clearance.cli.dead_letters import Kept
from clearance.edge.append import open_edge
from clearance.edge.redrive import records_again
from clearance.events.log.input_records import InputRecord
from clearance.events.values.errors import InvalidMessage
from clearance.settings.tables import default_tables

Sending = tuple[Kept, list[InputRecord]]


def redrive(address: str, letters: list[Kept], *, dry_run: bool, yes: bool) -> int:
    """The exit code: 1 if one of them cannot be sent. Raises `BrokerError`."""
    sending = list(_able(letters))
    left = len(letters) - len(sending)
    console = options.console()
    if dry_run or not sending:
        for one, records in sending:
            console.print(f"{one.place} would go to {_keys(records)}", soft_wrap=True)
        console.print(f"{len(sending):,} would be sent, {left:,} cannot be")
        return 1 if left else 0
    if not yes:
        typer.confirm(f"Send {len(sending):,} dead letters again?", abort=True)
    asyncio.run(_send(address, sending))
    console.print(f"{len(sending):,} sent, {left:,} cannot be")
    return 1 if left else 0


def _able(letters: Iterable[Kept]) -> Iterable[Sending]:
    """Those that can be sent; of the others it is told why they cannot."""
    for one in letters:
        try:
            yield one, records_again(one.key, one.letter, default_tables())
        except InvalidMessage as error:
            options.console(stderr=True).print(
                f"{one.place} cannot be sent: {options.plain(error.reason)}", soft_wrap=True
            )


async def _send(address: str, sending: Iterable[Sending]) -> None:
    async with open_edge(address) as edge:
        for one, records in sending:
            places = [await edge.append(record, _partition(one, record)) for record in records]
            written = ", ".join(str(place) for place in places)
            options.console().print(f"{one.place} is now {written}", soft_wrap=True)


def _partition(one: Kept, record: InputRecord) -> int | None:
    """What speaks to a whole partition goes to the one it was meant for."""
    return None if record.key else one.letter.partition


def _keys(records: Iterable[InputRecord]) -> str:
    return ", ".join(options.plain(record.key) or "its whole partition" for record in records)
