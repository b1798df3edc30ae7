"""An office that stands still, after a week in which nothing did: what makes an incident open, grow and close."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from tests.messages import beijing, dec_result
from tests.tracker.by_hand import PARTITIONS, keys

from clearance.events.incidents.learned import QUIET_DAYS
from clearance.events.log.input_records import InputRecord, input_record, message_record
from clearance.events.log.inputs import Clock

HELD_AT, GOES_ON_AT = "2901", "3101"
SENDER = "chaos-broker"
"""The connection by which all of it comes."""
EACH = 2
"""Declarations of a partition at each of two offices, each day."""
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
QUIET = (QUIET_DAYS + 1) * DAY
GROWS = (30 * MINUTE, 70 * MINUTE)
"""How long after the morning the declarations of a partition are filed, one after the other …"""
GOES_ON = 150 * MINUTE
"""… and those that stood still are answered. Then all is over, at the latest when `ENDS` has passed."""
ENDS = GOES_ON + 15 * MINUTE


def clock(at: datetime) -> InputRecord:
    """Of a simulator, so that the tracker writes none."""
    return input_record("", Clock(at=at, external=True))


def receipts(names: list[str], office: str, codes: str, begins: datetime) -> Iterator[InputRecord]:
    """Of these declarations there, a minute after the other."""
    for minutes, code in enumerate(codes):
        at = begins + minutes * MINUTE
        for name in names:
            number = name.rpartition(":")[2]
            data = dec_result(CUS_CIQ_NO=number, CHANNEL=code, NOTICE_DATE=beijing(at), CUSTOM_MASTER=office)
            yield message_record(name, data, received_at=at, organisation=SENDER)


def names_of(partition: int, day: int, office: str) -> list[str]:
    """The declarations of a partition there, on the day of this number."""
    return keys(partition, (2 * day + (office == HELD_AT)) * EACH, EACH)


def names() -> set[str]:
    """All declarations there."""
    days = range(QUIET // DAY + 1)
    offices = (HELD_AT, GOES_ON_AT)
    every = (names_of(number, day, office) for number in range(PARTITIONS) for day in days for office in offices)
    return {name for some in every for name in some}


def quiet(partition: int, ends: datetime) -> Iterator[InputRecord]:
    """The days before that morning; nothing stands still."""
    for day in range(QUIET // DAY):
        morning = ends - QUIET + day * DAY
        yield clock(morning - 10 * MINUTE)
        for office in (HELD_AT, GOES_ON_AT):
            yield from receipts(names_of(partition, day, office), office, "7LJPR", morning)
        yield from (clock(morning + minutes * MINUTE) for minutes in (10, 20))


def outage(begins: datetime) -> list[tuple[datetime, InputRecord]]:
    """A day from that morning on, each record with its time, in their order: what is filed at one office is not
    reviewed for hours, and at the other one it is."""
    of_all = (one for number in range(PARTITIONS) for one in _of_partition(number, begins))
    return sorted(of_all, key=lambda one: one[0])


def _of_partition(partition: int, begins: datetime) -> Iterator[tuple[datetime, InputRecord]]:
    for nth, after in enumerate(GROWS):
        [held, other] = (names_of(partition, QUIET // DAY, office)[nth] for office in (HELD_AT, GOES_ON_AT))
        for name, office, codes, at in (
            (held, HELD_AT, "7L", after),
            (other, GOES_ON_AT, "7LJPR", after),
            (held, HELD_AT, "JPR", GOES_ON),
        ):
            for minutes, record in enumerate(receipts([name], office, codes, begins + at)):
                yield begins + at + minutes * MINUTE, record
