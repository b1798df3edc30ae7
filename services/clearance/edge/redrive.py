"""A dead letter → the records that send it again, as they were: bytes, headers, and with them received-at.

A message that the edge refused was never filed: it is filed now, by the codecs of today. What would be refused once
more is refused here, so that the log does not hold it twice.
"""

from base64 import b64decode

from msgspec.structs import replace

from clearance.contracts.models.dead_letter import DeadLetter
from clearance.edge.intake import arrival_of_record, records_of
from clearance.events.log.input_records import OF_A_REBUILD, InputRecord, read_input
from clearance.events.tables.tables import Tables
from clearance.events.values.errors import InvalidMessage


def original(key: str, letter: DeadLetter) -> InputRecord:
    """The input that a dead letter keeps, whole or its beginning."""
    headers = tuple((one.name, None if one.value is None else b64decode(one.value)) for one in letter.headers)
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
