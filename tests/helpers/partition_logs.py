"""Helpers of the tests of records: a story as the log of one partition, as edge and tracker would have written it."""

from collections import deque
from datetime import datetime, timedelta
from functools import cache

from msgspec.structs import replace
from tests.helpers.recordings import RECORDINGS

from clearance.edge.intake import records_of
from clearance.events.log.input_records import InputRecord, input_record, message_record
from clearance.events.log.inputs import Clock
from clearance.events.partition.batch import Batch, PartitionFold
from clearance.events.partition.replay import Arrival
from clearance.events.step.state_records import encode_state
from clearance.events.values.errors import InvalidMessage
from clearance.recordings.read import read_recording
from clearance.settings.tables import default_tables

TABLES = default_tables()
AFTERWARDS = timedelta(days=60)
"""Time that passes after the last arrival, so that what is overdue is told."""
Log = tuple[InputRecord, ...]


@cache
def logged(*stories: str) -> Log:
    """The log of stories that share a partition: what arrived, bad files too, clocks, and what the fold sends."""
    arrivals = [one for story in stories for one in read_recording(RECORDINGS / story, "self")]
    return written(sorted(arrivals, key=lambda one: one.at))


def written(arrivals: list[Arrival]) -> Log:
    """The log of these arrivals."""
    tracker, log = PartitionFold(TABLES), deque[InputRecord]()

    def append(at: datetime, *records: InputRecord) -> None:
        waiting = deque(records)
        while waiting:
            placed = replace(waiting.popleft(), position=len(log), timestamp_ms=int(at.timestamp() * 1000))
            log.append(placed)
            waiting += [input_record(send.to, send.input) for send in tracker.fold([placed]).sends]

    def pass_time(until: datetime) -> None:
        while (due := tracker.partition.due()) is not None and due <= until:
            append(due, input_record("", Clock(at=due)))

    for arrival in arrivals:
        pass_time(arrival.at)
        append(arrival.at, *appended(arrival))
    pass_time(arrivals[-1].at + AFTERWARDS)
    return tuple(log)


def appended(arrival: Arrival) -> list[InputRecord]:
    """The records of an arrival; one that the edge would refuse is filed as if another producer had been careless."""
    try:
        return records_of(arrival, default_tables())
    except InvalidMessage:
        return [message_record("cn:unified:I20260000000000001", arrival.data, received_at=arrival.at)]


def merged(batches: list[Batch]) -> Batch:
    """Several batches as one."""
    whole = Batch()
    for one in batches:
        whole.events += one.events
        whole.sends += one.sends
        whole.dead += one.dead
        whole.spans += one.spans
        whole.hours += one.hours
        whole.dirty |= one.dirty
    return whole


def state_bytes(tracker: PartitionFold) -> dict[str, bytes]:
    """The states as their records hold them."""
    return {name: encode_state(state, TABLES) for name, state in sorted(tracker.partition.states.items())}
