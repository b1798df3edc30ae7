"""`clearance dlq add`: one input is not folded in this epoch. Tracker and oracle read the same list.

The surprise: a tracker reads the list when it starts. So what it has folded is refused, before the line is written and
once more behind it; a line that came too late is taken back.
"""

from datetime import timedelta
from typing import Any

import typer
from aiokafka.errors import KafkaError

from clearance.cli import options
from clearance.cli.broker import Place, reading, record_at
from clearance.events.progress import Progress
from clearance.kafka.clients import new_producer, write
from clearance.kafka.errors import BrokerError
from clearance.kafka.records import SET_ASIDE, Outgoing, set_aside_record
from clearance.kafka.told import progress_of
from clearance.settings.clock import utc_now

AT_WORK = timedelta(seconds=10)
"""A tracker tells its progress every second; one that has not for so long is at rest."""


async def set_aside(address: str, where: Place, reason: str, yes: bool) -> int:
    """The exit code: 1 if it came too late. Raises `BrokerError`, and `typer.BadParameter` for what cannot be."""
    async with reading(address) as reader:
        record = await record_at(reader, where)
        before = await progress_of(reader, where.partition)
        if _is_folded(where, before):
            raise typer.BadParameter(f"{where} has been folded: {_standing(before)}")
        if not yes:
            _ask(where, record)
        epoch = before.epoch if before else 0
        line = set_aside_record(where.partition, where.offset, epoch, reason, utc_now())
        await _write(address, where.partition, line)
        after = await progress_of(reader, where.partition)
        if _is_folded(where, after):
            await _write(address, where.partition, Outgoing(line.key, None, line.headers))
            options.console().print(f"too late: it was folded meanwhile; {_standing(after)}", soft_wrap=True)
            return 1
    _tell(where, epoch, after)
    return 0


def _is_folded(where: Place, progress: Progress | None) -> bool:
    return progress is not None and where.offset <= progress.position


def _standing(progress: Progress | None) -> str:
    return f"partition {progress.partition} is at {progress.position}" if progress else "nothing is folded"


def _ask(where: Place, record: Any) -> None:
    kind = dict(record.headers).get("kind", b"record").decode("utf-8", "replace")
    key = (record.key or b"the whole partition").decode("utf-8", "replace")
    typer.confirm(options.plain(f"Set aside the {kind} for {key} at {where}?"), abort=True)


def _tell(where: Place, epoch: int, after: Progress | None) -> None:
    console = options.console()
    console.print(f"set aside: {where} is not folded in epoch {epoch}", soft_wrap=True)
    if after is not None and utc_now() - after.wall_time < AT_WORK:
        console.print(
            f"a tracker is at work there and has not read the list, {_standing(after)}: start it again at once",
            soft_wrap=True,
        )


async def _write(address: str, partition: int, line: Outgoing) -> None:
    producer = new_producer(address)
    try:
        await producer.start()
        await write(producer, SET_ASIDE, partition, [line])
    except KafkaError as error:
        raise BrokerError(f"{SET_ASIDE}:{partition} was not written: {error}") from error
    finally:
        await producer.stop()
