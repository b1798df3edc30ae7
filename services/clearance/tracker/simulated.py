"""Messages that come into a simulated log after its simulator has stopped: no clock comes, and no deadline fires.

Such a message is taken for a real one (decision 15): a simulator that runs passes time every few seconds.
"""

from collections.abc import Sequence
from typing import Any

import structlog

from clearance.events.log.input_records import kind_told
from clearance.tracker.owned import Owned

SILENT_MS = 60_000
"""Without a clock for so long, by the broker's timestamps, nobody simulates."""
log = structlog.get_logger()


def without_clock(owned: Owned, records: Sequence[Any]) -> int:
    """How many messages of a batch came so, of a partition that follows a simulator; the first ones are told of."""
    found = 0
    for record in records:
        kind = kind_told(record.headers)
        if kind == b"clock":
            owned.simulated_until_ms = record.timestamp
        elif kind == b"message" and record.timestamp - owned.simulated_until_ms > SILENT_MS:
            found += 1
    if found and not owned.told_simulated:
        owned.told_simulated = True
        log.warning(
            "messages_in_a_simulated_log",
            partition=owned.number,
            messages=found,
            reason="their deadlines never fire: this log follows a simulator's clock, and the simulator has stopped",
            remedy="send them to a log of their own, on another cluster; simulated time is no time for real goods",
        )
    return found
