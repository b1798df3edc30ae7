"""What a batch of the tracker gave, encoded for the topics that it goes to. No waiting, all work."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from heapq import merge
from typing import TypeVar

from clearance.events.log.input_records import input_record
from clearance.events.log.inputs import Send
from clearance.events.partition.batch import Batch, DeadInput
from clearance.events.step.declaration import Declaration
from clearance.events.values.errors import FailedOn
from clearance.kafka import clients
from clearance.kafka.expectation_records import kept_table
from clearance.kafka.names import Names
from clearance.kafka.time_records import time_record
from clearance.kafka.wire import Outgoing, dead_letter_record, event_record, outgoing_input, status_record
from clearance.stages.writing import Lot, Prepared
from clearance.tracker.owned import Owned

Given = TypeVar("Given")
Placed = tuple[int, Outgoing]
"""A record, and the position of the input that caused it."""


def prepare(owned: Owned, batch: Batch, input_partitions: int, now: datetime) -> Prepared[Declaration]:
    """Encode everything that a batch gave. Raises `FailedOn`."""
    number, names, tables = owned.number, owned.names, owned.fold.partition.tables
    states = [*batch.dirty.values()]
    encoded = _encoded(states, lambda state: status_record(state, tables), lambda state: (state.id, state.src))

    def letter(dead: DeadInput) -> Outgoing:
        return dead_letter_record(dead.record, dead.reason, dead.stage, at=now, topic=names.inputs, partition=number)

    events = events_and_hours(batch, number)
    letters = _encoded(batch.dead, letter, lambda dead: (dead.record.key, dead.record.position))
    return Prepared(
        [
            Lot(names.events, number, events),
            Lot(names.dead_letters, number, letters),
            Lot(names.expectations, number, [kept_table(number, batch.expectations)] if batch.expectations else []),
        ],
        _sends(batch.sends, names, input_partitions),
        [*zip(states, encoded, strict=True)],
    )


def _encoded(
    given: Iterable[Given], encode: Callable[[Given], Outgoing], whose: Callable[[Given], tuple[str, int]]
) -> list[Outgoing]:
    made: list[Outgoing] = []
    for one in given:
        try:
            made.append(encode(one))
        except Exception as error:
            raise FailedOn(*whose(one)) from error
    return made


def events_and_hours(batch: Batch, partition: int) -> list[Outgoing]:
    """What goes to the events, in the order of the inputs that caused it; events of a clock before the hour it told.
    Raises `FailedOn`."""
    events = _encoded(batch.events, event_record, lambda event: (event.declaration, event.src))
    if not batch.hours:
        return events
    placed: Iterable[Placed] = zip((event.src for event in batch.events), events, strict=True)
    hours: Iterable[Placed] = ((one.src, time_record(one, partition)) for one in batch.hours)
    return [record for _, record in merge(placed, hours, key=lambda placed: placed[0])]


def _sends(sends: Iterable[Send], names: Names, partitions: int) -> list[Lot]:
    lots: dict[int, list[Outgoing]] = defaultdict(list)
    for send in sends:
        to = clients.partition_of(send.to.encode(), partitions)
        lots[to].append(outgoing_input(input_record(send.to, send.input)))
    return [Lot(names.inputs, to, records) for to, records in lots.items()]
