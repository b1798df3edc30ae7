"""The passing of time, which the tracker appends to the log like any other input."""

from datetime import datetime

from clearance.events.log.input_records import input_record
from clearance.events.log.inputs import Clock
from clearance.kafka.wire import outgoing_input
from clearance.settings.clock import monotonic
from clearance.stages.writing import Lot, Writer
from clearance.tracker.owned import Owned


async def append_clock(owned: Owned, writer: Writer, log: str, now: datetime) -> None:
    """A clock record for the partition itself. It belongs to the history, so the base `log` gets it in any epoch."""
    record = outgoing_input(input_record("", Clock(at=now)))
    [owned.clock_at] = await writer.send(Lot(log, owned.number, [record]))
    owned.last_clock, owned.last_clock_at = now, monotonic()
