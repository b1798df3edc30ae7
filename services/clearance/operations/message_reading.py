"""The bytes of a message as they came: its place by the index in the store, its record from the log."""

import asyncio
from hashlib import sha256
from pathlib import Path
from typing import Any

from clearance.archive.manifest import archive_of
from clearance.archive.reading import record_at
from clearance.edge.intake import arrival_of_record, records_of
from clearance.events.log.input_records import InputRecord
from clearance.kafka import epochs
from clearance.kafka.errors import BrokerError
from clearance.kafka.names import Names
from clearance.kafka.places import Place
from clearance.kafka.wire import incoming_input
from clearance.operations.errors import OperationRefused
from clearance.operations.readers import read_place
from clearance.settings.tables import default_tables
from clearance.store.connect import is_made, open_store
from clearance.store.errors import StoreError
from clearance.store.reader import reading
from clearance.store.rows import Filed
from clearance.store.viewer import EVERYBODY

ANSWER_SECONDS = 5.0
"""How long the broker may take to give one record."""


class MessagePurged(OperationRefused):
    """The log does not hold the message any more."""


def place_of(filed: Filed, epoch: int) -> Place:
    """Where the first copy lies."""
    return Place(Names.of(epoch).inputs, filed.partition, filed.offset)


async def original(bootstrap: str, place: Place, message_id: str, archive: str = "") -> InputRecord:
    """The record of a message, from the log or else from the archive. Raises `BrokerError`, also for an archive that
    cannot be read, and `MessagePurged` if another record lies there, or none."""
    try:
        return await _in_log(bootstrap, place, message_id)
    except MessagePurged:
        found = await asyncio.to_thread(_archived, Path(archive), place) if archive else None
        if found is None or sha256(found.value).hexdigest() != message_id:
            raise
        return found


def _archived(archive: Path, place: Place) -> InputRecord | None:
    """Whatever the archive of that log holds there, which may have been made anew."""
    found = record_at(archive_of(archive, place.topic), place.partition, place.offset)
    return incoming_input(found) if found else None


async def _in_log(bootstrap: str, place: Place, message_id: str) -> InputRecord:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            record: Any = await read_place(bootstrap, place)
    except TimeoutError as error:
        raise BrokerError(f"the broker at {bootstrap} did not give {place} within {ANSWER_SECONDS:.0f} s") from error
    except OperationRefused as error:
        raise MessagePurged(str(error)) from error
    found = incoming_input(record)
    if sha256(found.value).hexdigest() != message_id:
        raise MessagePurged(f"{place}: another record lies there, the topic was made anew")
    return found


def spoken_of(record: InputRecord) -> list[str]:
    """Ids of all declarations that a message speaks of, also of those that the store does not know yet."""
    tables = default_tables()
    return [each.key for each in records_of(arrival_of_record(record), tables)]


async def message_by_id(bootstrap: str, database_url: str, message_id: str, archive: str = "") -> InputRecord:
    """The first copy of a message, whichever declaration it speaks of, by the store that is answered from.

    Raises `BrokerError`, `StoreError`, `MessagePurged`, and `OperationRefused` for an id that the store does not know.
    """
    epoch = (await epochs.ask(bootstrap)).epoch
    filed = await asyncio.to_thread(_first_copy, database_url, epoch, message_id)
    return await original(bootstrap, place_of(filed, epoch), message_id, archive)


def _first_copy(database_url: str, epoch: int, message_id: str) -> Filed:
    engine = open_store(database_url, epoch)
    try:
        if not is_made(engine):
            raise StoreError(f"no store at {engine.url!r}: `clearance projector` makes it")
        with reading(engine, EVERYBODY) as reader:
            found = reader.copies(message_id)
    finally:
        engine.dispose()
    if not found:
        raise OperationRefused(f"the store knows no message {message_id}: check the id, sha256 of the bytes in hex")
    return found[0]
