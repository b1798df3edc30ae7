"""Quix Streams with its state store: `quix.py BOOTSTRAP FOLDER`, in an environment of its own (`quix.txt`).

One message at a time, a status record for each input that changes its declaration, and the changelog of the store
beside it. The store holds the bytes of the status record; what they decode to is remembered, so that a state is not
decoded again for each message. It fires no deadline and sets nothing aside.
"""

import gc
import sys
from tempfile import mkdtemp
from typing import Any

from quixstreams import Application, message_context  # type: ignore[import-not-found]
from quixstreams.models import BytesSerializer, Serializer  # type: ignore[import-not-found]

from clearance.events.log.input_records import InputRecord, input_record, read_input
from clearance.events.log.inputs import BackfillEnd, Clock
from clearance.events.step.declaration import Declaration
from clearance.events.step.state_records import decode_state
from clearance.events.step.step import step
from clearance.kafka.names import BASE
from clearance.kafka.wire import Outgoing, event_record, outgoing_input, status_record
from clearance.settings.tables import default_tables

TABLES = default_tables()
DECODED: dict[bytes, Declaration] = {}
"""By key, what its bytes in the store decode to."""


class Value(Serializer):  # type: ignore[misc] # not installed beside our types
    """The value of a record that is made already."""

    def __call__(self, value: tuple[str, Outgoing], ctx: Any) -> bytes:
        return value[1].value or b""


def fold(value: bytes, key: bytes, timestamp: int, headers: Any, state: Any) -> list[tuple[str, Outgoing]]:
    """The records that an input gives, each with its topic."""
    given = read_input(
        InputRecord(key.decode(), value, tuple(headers), message_context().offset, timestamp), default_tables()
    )
    assert not isinstance(given, Clock | BackfillEnd)
    taken = step(held(key, state), given, TABLES)
    outputs = [(BASE.events, event_record(event)) for event in taken.events]
    outputs += [(BASE.inputs, outgoing_input(input_record(send.to, send.input))) for send in taken.sends]
    if taken.outcome == "applied":
        told = status_record(taken.declaration, TABLES)
        state.set_bytes("state", told.value)
        DECODED[key] = taken.declaration
        outputs.append((BASE.status, told))
    return outputs


def held(key: bytes, state: Any) -> Declaration:
    stored = state.get_bytes("state")
    if stored is None:
        return Declaration(key.decode())
    if key not in DECODED:
        DECODED[key] = decode_state(stored, TABLES)
    return DECODED[key]


def run(bootstrap: str, folder: str) -> None:
    app = Application(
        bootstrap,
        consumer_group="bench-quix",
        auto_offset_reset="earliest",
        state_dir=mkdtemp(dir=folder),
        loglevel="WARNING",
        producer_extra_config={"acks": "all", "enable.idempotence": True, "linger.ms": 5},
    )
    topics = {
        name: app.topic(
            name, key_deserializer="bytes", value_deserializer="bytes", key_serializer=BytesSerializer(),
            value_serializer=Value(),
        )
        for name in (BASE.inputs, BASE.events, BASE.status)
    }  # fmt: skip
    frame = app.dataframe(topics[BASE.inputs])
    frame = frame.filter(lambda value, key, timestamp, headers: key is not None, metadata=True)
    frame = frame.apply(fold, stateful=True, metadata=True, expand=True)
    frame = frame.set_headers(lambda output, key, timestamp, headers: output[1].headers)
    frame.to_topic(lambda output, key, timestamp, headers: topics[output[0]], key=lambda output: output[1].key)
    app.run()


if __name__ == "__main__":
    gc.set_threshold(20_000, 20, 100)  # as the tracker
    run(*sys.argv[1:])
