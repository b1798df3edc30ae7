"""A message that is to be explained, with what is known beside its bytes: from a file, or out of the log."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from clearance.cli.broker import broker
from clearance.cli.wrong_use import as_wrong_use
from clearance.edge.intake import arrival_of_record
from clearance.operations.message_reading import message_by_id
from clearance.recordings.sidecar import read_bytes
from clearance.settings import load
from clearance.settings.tables import default_tables


@dataclass(frozen=True)
class GivenMessage:
    """The bytes, through whose connection they came, and what their file's name says."""

    data: bytes
    organisation: str
    system: str
    hints: tuple[str, ...]
    stated_at: datetime | None


def from_file(file: Path, organisation: str, system: str) -> GivenMessage:
    """Raises `UnreadableFile`."""
    tables = default_tables()
    hints, stated_at = tables.numbers_in_name(file.name), tables.time_in_name(file.name)
    return GivenMessage(read_bytes(file), organisation, system, hints, stated_at)


def from_log(message_id: str, bootstrap: str | None, database_url: str | None) -> GivenMessage:
    """The first copy, as it came. Raises `typer.BadParameter` for one that the store or the log does not hold."""
    address, settings = broker(bootstrap), load(database_url=database_url)
    with as_wrong_use("--message-id"):
        record = asyncio.run(message_by_id(address, settings.database_url, message_id, settings.archive_folder))
    came = arrival_of_record(record)
    return GivenMessage(came.data, came.organisation, came.system, came.hints, came.stated_at)
