"""What arrived → the records of the log that it becomes, and back. Pure: the same arrival gives the same records.

A message is routed here, once, to know under which declarations it is filed; its bytes go on as they came.
"""

from clearance.events.log.input_records import InputRecord, conversation_of, input_record, message_record, times_of
from clearance.events.log.inputs import BackfillEnd, Clock, Command, Input
from clearance.events.partition.replay import Arrival
from clearance.events.receipts.routing import route
from clearance.events.receipts.xml import MAX_BYTES
from clearance.events.tables.tables import Tables
from clearance.events.values.errors import InvalidMessage


def records_of(arrival: Arrival, tables: Tables) -> list[InputRecord]:
    """One record for each declaration that a message speaks of; one for a command.

    A clock and the end of a backfill are one record without a key, to be written to every partition. Raises
    `InvalidMessage` for what cannot be filed.
    """
    if arrival.kind != "message":
        return [_bounded(_other(arrival, tables))]
    children = route(
        arrival.data,
        tables,
        authority=arrival.authority,
        sender=arrival.organisation,
        system=arrival.system,
        hints=arrival.hints,
    )
    return [_message(child.declaration, arrival, tables) for child in children]


def unfiled(arrival: Arrival, tables: Tables) -> InputRecord:
    """The record as which a refused arrival is kept. A message has no key, since no declaration was found."""
    if arrival.kind != "message":
        return input_record(arrival.declaration, _input(arrival))
    record = _message("", arrival, tables)
    said = (("authority", arrival.authority.encode()),) if arrival.authority else ()
    return InputRecord("", record.value, (*record.headers, *said))


def arrival_of_record(record: InputRecord) -> Arrival:
    """What arrived, of a record of kind message. Raises `InvalidMessage` where its headers are not ours."""
    head = record.head
    received_at, stated_at = times_of(head)
    return Arrival(
        name="",
        at=received_at,
        data=record.value,
        authority=head.get("authority", ""),
        organisation=head.get("organisation", ""),
        system=head.get("system", ""),
        backfill=head.get("backfill", ""),
        hints=tuple(head.get("hints", "").split()),
        stated_at=stated_at,
        conversation=conversation_of(head),
    )


def _message(declaration: str, arrival: Arrival, tables: Tables) -> InputRecord:
    return message_record(
        declaration,
        arrival.data,
        received_at=arrival.at,
        organisation=arrival.organisation,
        system="" if arrival.system in tables.own_systems else arrival.system,
        hints=arrival.hints,
        backfill=arrival.backfill,
        stated_at=arrival.stated_at,
        conversation=arrival.conversation,
    )


def _other(arrival: Arrival, tables: Tables) -> InputRecord:
    if arrival.kind == "command":
        tables.numbers.checked_id(arrival.declaration)
    return input_record(arrival.declaration, _input(arrival))


def _input(arrival: Arrival) -> Input:
    if arrival.kind == "clock":
        return Clock(at=arrival.at)
    if arrival.kind == "backfill-end":
        return BackfillEnd(at=arrival.at, backfill=arrival.backfill)
    if arrival.statement is None:
        raise ValueError(f"{arrival.name}: a command without a statement")
    return Command(at=arrival.at, backfill=arrival.backfill, statement=arrival.statement)


def _bounded(record: InputRecord) -> InputRecord:
    if len(record.value) > MAX_BYTES:
        raise InvalidMessage(f"the {record.head['kind']} has {len(record.value):,} bytes; at most {MAX_BYTES:,}")
    return record
