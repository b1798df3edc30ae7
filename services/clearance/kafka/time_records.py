"""The passing of time as a record of `declaration-events`; whoever follows declarations passes it over."""

from typing import Any

import msgspec

from clearance.contracts import SCHEMA_BASE, SCHEMA_SUFFIX
from clearance.events.partition.time_passed import TimePassed
from clearance.events.values.times import rfc3339
from clearance.kafka.wire import Outgoing

TIME_PASSED = ("ce_type", b"time.passed")


def time_record(passed: TimePassed, partition: int) -> Outgoing:
    """CloudEvents 1.0, as the events beside it. Equal ones give equal bytes."""
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_source", b"/clearance/tracker"),
        ("ce_dataschema", f"{SCHEMA_BASE}time-passed.v1{SCHEMA_SUFFIX}".encode()),
        ("content-type", b"application/json"),
        TIME_PASSED,
        ("ce_id", f"time/{partition}/{passed.epoch}/{passed.src}".encode()),
        ("ce_subject", b"%d" % partition),
        ("ce_time", rfc3339(passed.at).encode()),
    ]
    return Outgoing(None, msgspec.json.encode(passed, order="deterministic"), headers)


def is_time(record: Any) -> bool:
    """Whether a consumed record tells that time has passed, and nothing of a declaration."""
    return TIME_PASSED in record.headers


def read_time(value: bytes) -> TimePassed:
    """Raises `msgspec.DecodeError` for bytes that are none."""
    return _TIME_PASSED.decode(value)


_TIME_PASSED = msgspec.json.Decoder(TimePassed)
