"""Dead letters into the log again, as they were: bytes, headers, and with them received-at.

A message that the edge refused was never filed: it is filed now, by the codecs of today. What would be refused once
more is refused here, so that the log does not hold it twice.
"""

from base64 import b64decode
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field

from msgspec.structs import replace

from clearance.contracts.models.dead_letter import DeadLetter
from clearance.edge.append import Edge, open_edge
from clearance.edge.intake import arrival_of_record, records_of
from clearance.events.log.input_records import OF_A_REBUILD, InputRecord, read_input
from clearance.events.log.upcasting import NewerVersion
from clearance.events.tables.tables import Tables
from clearance.events.values.errors import InvalidMessage
from clearance.kafka.places import Place
from clearance.operations.dead_letters import StoredLetter


@dataclass(frozen=True)
class Redrive:
    """What sending these letters again would do: the records of each that can be sent, the reason of each other."""

    sendable: list[tuple[StoredLetter, list[InputRecord]]] = field(default_factory=list)
    refused: list[tuple[StoredLetter, str]] = field(default_factory=list)


def prepare_redrive(letters: Iterable[StoredLetter], tables: Tables) -> Redrive:
    """What can be sent of these, and why the rest cannot. Nothing is sent."""
    prepared = Redrive()
    for stored in letters:
        try:
            prepared.sendable.append((stored, records_again(stored.key, stored.letter, tables)))
        except InvalidMessage as error:
            prepared.refused.append((stored, error.reason))
        except NewerVersion as error:
            prepared.refused.append((stored, str(error)))
    return prepared


async def send_again(address: str, redrive: Redrive) -> AsyncIterator[tuple[StoredLetter, list[Place]]]:
    """Send what can be sent, and give of each letter where it lies now. Raises `BrokerError`."""
    async with open_edge(address) as edge:
        for stored, records in redrive.sendable:
            yield stored, [await _append(edge, stored.letter, record) for record in records]


def original(key: str, letter: DeadLetter) -> InputRecord:
    """The input that a dead letter keeps, whole or its beginning."""
    headers = tuple(
        (header.name, None if header.value is None else b64decode(header.value)) for header in letter.headers
    )
    return InputRecord(key, letter.original, headers)  # type: ignore[arg-type] # Kafka allows a header without a value


def records_again(key: str, letter: DeadLetter, tables: Tables) -> list[InputRecord]:
    """What is to be appended. Raises `InvalidMessage` for what is not whole, or would be refused again."""
    if letter.truncated:
        raise InvalidMessage(f"only its first {len(letter.original):,} bytes are here ({letter.reason})")
    record = original(key, letter)
    own = tuple((name, value) for name, value in record.headers if name not in OF_A_REBUILD)
    record = replace(record, headers=own)
    if letter.stage == "edge" and record.head.get("kind") == "message":
        return records_of(arrival_of_record(record), tables)
    read_input(record, tables)
    return [record]


async def _append(edge: Edge, letter: DeadLetter, record: InputRecord) -> Place:
    """What speaks to a whole partition goes to the one it was meant for."""
    return await edge.append(record, None if record.key else letter.partition)
