"""Receipts of two offices: of days on which both review everything, and of one on which one of them reviews nothing."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from tests.messages import beijing, dec_result
from tests.tracker.by_hand import keys

from clearance.events.incidents.learned import QUIET_DAYS
from clearance.events.log.input_records import InputRecord, message_record

HELD_AT, GOES_ON_AT = "2901", "3101"
OFFICES = (HELD_AT, GOES_ON_AT)
EACH = {HELD_AT: 1, GOES_ON_AT: 3}
"""Declarations of a partition each time."""
LATER = {HELD_AT: timedelta(), GOES_ON_AT: timedelta(minutes=5)}
"""If those that went on were all from before the others were missed, the whole authority would seem to stand still."""
WHOLE, BEGUN, REST = "7LJPR", "7L", "JPR"
"""From the draft to the release; up to where it is received; what comes after that."""
ENOUGH_DAYS = QUIET_DAYS + 1
"""Days without trouble until incidents are looked for."""


def receipts(partition: int, time: int, office: str, codes: str, begins_at: datetime) -> Iterator[InputRecord]:
    """Of the declarations of that time there, counted from 0; one receipt of each a minute, within ten minutes."""
    first = time * sum(EACH.values()) + (EACH[HELD_AT] if office == GOES_ON_AT else 0)
    for minutes, code in enumerate(codes):
        at = begins_at + LATER[office] + timedelta(minutes=minutes)
        for key in keys(partition, first, EACH[office]):
            number = key.rpartition(":")[2]
            data = dec_result(CUS_CIQ_NO=number, CHANNEL=code, NOTICE_DATE=beijing(at), CUSTOM_MASTER=office)
            yield message_record(key, data, received_at=at)
