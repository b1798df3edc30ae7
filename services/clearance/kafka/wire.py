"""Kafka records: keys, values and headers of every topic, as its card says.

`names` says to which topic they go. Values are made by `clearance.events`; here they get key and headers.
"""

import re
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, Literal, get_args
from urllib.parse import quote

import msgspec

from clearance.contracts import SCHEMA_BASE, SCHEMA_SUFFIX
from clearance.contracts.models.current_epoch import CurrentEpoch, MovedBase
from clearance.contracts.models.dead_letter import DeadLetter, Header
from clearance.contracts.models.set_aside import SetAside
from clearance.events.learning.deferral import Deferral
from clearance.events.log.input_records import SEALED, VERSION, InputRecord, is_of_kind
from clearance.events.log.progress import Progress, encode_progress
from clearance.events.log.readers_rule import Numbered
from clearance.events.log.upcasting import VERSIONS, check_version
from clearance.events.standing.track import is_open
from clearance.events.step.declaration import Declaration
from clearance.events.step.outputs import Data, Event
from clearance.events.step.state_records import encode_state
from clearance.events.tables.tables import Tables
from clearance.events.values.errors import InvalidMessage
from clearance.events.values.times import parse_utc, rfc3339_bytes
from clearance.kafka.names import BASE

Headers = list[tuple[str, bytes]]
VERSION_1 = ("schema-version", b"1")


class Outgoing(msgspec.Struct, frozen=True, gc=False):
    """A record to be written. `key` is None where the card says that there is none; `timestamp` [ms] counts where a
    topic takes the times of its writers, which each of ours does only while it is restored."""

    key: bytes | None
    value: bytes | None
    headers: Headers
    timestamp: int | None = None


def outgoing_input(record: InputRecord) -> Outgoing:
    """An input for the log."""
    return Outgoing(record.key.encode() or None, record.value, list(record.headers))


def incoming_input(record: Any) -> InputRecord:
    """A consumed record of `declaration-inputs`; one whose key or value is nothing that was ever written reads as
    empty, and is refused when it is folded."""
    key = (record.key or b"").decode("utf-8", "replace")
    return InputRecord(key, record.value or b"", tuple(record.headers), record.offset, record.timestamp)


SEAL = Outgoing(None, b"", [("kind", SEALED.encode()), ("schema-version", VERSION.encode())])
"""What ends a partition of a log that was moved. Nothing that is an input is as small."""


def is_seal(record: Any) -> bool:
    """Whether a consumed record ends its partition; one with a value was to try whether the log still takes any."""
    return is_of_kind(SEALED, record.headers) and not record.value


def event_record(event: Event) -> Outgoing:
    """CloudEvents 1.0, binary mode of the Kafka binding. Equal events give equal bytes."""
    headers = [
        *CLOUD_EVENT,
        CE_TYPE[type(event.data)],
        ("ce_id", f"{event.declaration}/{event.epoch}/{event.seq}".encode()),
        ("ce_subject", _subject(event.declaration)),
        ("ce_time", rfc3339_bytes(event.at)),
    ]
    return Outgoing(event.declaration.encode(), _DETERMINISTIC.encode(event), headers)


@lru_cache(maxsize=10_000)
def _subject(declaration: str) -> bytes:
    """Events of one declaration come in runs."""
    return quote(declaration, safe="").encode()


EVENT_SCHEMA = f"{SCHEMA_BASE}declaration-event.v"
DATA_SCHEMA = ("ce_dataschema", f"{EVENT_SCHEMA}{VERSIONS['event']}{SCHEMA_SUFFIX}".encode())
CE_TYPE = {data: ("ce_type", str(data.__struct_config__.tag).encode()) for data in get_args(Data)}
IS_EVENT = re.compile(rb".*declaration-event\.v(?P<version>[0-9]{1,9})\.schema\.json")
CLOUD_EVENT: Headers = [
    ("ce_specversion", b"1.0"),
    ("ce_source", b"/clearance/tracker"),
    DATA_SCHEMA,
    ("content-type", b"application/json"),
]


def check_event(headers: Any) -> None:
    """Raises `NewerVersion` for an event that only a later version can read."""
    if DATA_SCHEMA in headers:
        return
    found = IS_EVENT.fullmatch(dict(headers).get("ce_dataschema") or b"")
    check_version("event", int(found["version"]) if found else 1)


def read_event(value: bytes) -> Event:
    """Raises `msgspec.DecodeError` for bytes that are no event."""
    return _EVENT.decode(value)


class _Caused(msgspec.Struct, frozen=True):
    """Of an event, and of the passing of time: the position of the input that caused it."""

    src: int


def read_src(value: bytes) -> int:
    """That position, of any record of the topic. Raises `msgspec.DecodeError`."""
    return _CAUSED.decode(value).src


KEPT = ("kept", b"true")
"""Marks a record that an embedded broker has appended again, as it was, instead of compacting its topic."""


def is_kept(record: Any) -> bool:
    """Whether a record only says again what the log held already."""
    return KEPT in record.headers


@dataclass(frozen=True, slots=True)
class StatusHead:
    """What the headers of a status record repeat, so that states are compared without being decoded."""

    epoch: int
    src: int
    seq: int
    deadline: datetime | None
    deferral: Deferral | None
    open: bool
    tables: str
    backfill: str

    @property
    def version(self) -> Numbered:
        """By which states of a declaration are compared."""
        return Numbered(self.epoch, self.src)

    @property
    def waits(self) -> tuple[datetime | None, Deferral | None, str]:
        """What the declaration waits for: a deadline, what may put it off, and the end of a backfill."""
        return self.deadline, self.deferral, self.backfill

    @property
    def over(self) -> bool:
        """Whether nothing is to come by itself, by the tables that the state was folded with."""
        return not self.open and self.deadline is None and not self.backfill


def status_record(state: Declaration, tables: Tables) -> Outgoing:
    """The whole state of one declaration."""
    headers = [
        VERSION_1,
        ("epoch", b"%d" % state.epoch),
        ("src", b"%d" % state.src),
        ("seq", b"%d" % state.seq),
        ("open", b"true" if not state.merged_into and is_open(state.track, tables) else b"false"),
        ("tables", state.tables.encode()),
    ]
    if state.deadline is not None:
        headers.append(("deadline", rfc3339_bytes(state.deadline)))
    if state.deferral is not None:
        headers.append(("deferral", msgspec.json.encode(state.deferral)))
    if state.backfill:
        headers.append(("backfill", state.backfill.encode()))
    return Outgoing(state.id.encode(), encode_state(state, tables), headers)


_DEFERRAL = msgspec.json.Decoder(Deferral)


def status_head(headers: Any) -> StatusHead:
    """Raises `KeyError` or `ValueError` for headers that are not those of a status record, and `NewerVersion`."""
    head = dict(headers)
    check_version("status", int(head.get("schema-version", b"1")))
    deadline = head.get("deadline")
    return StatusHead(
        epoch=int(head["epoch"]),
        src=int(head["src"]),
        seq=int(head["seq"]),
        deadline=parse_utc(deadline.decode()) if deadline else None,
        deferral=_DEFERRAL.decode(deferral) if (deferral := head.get("deferral")) else None,
        open=head["open"] == b"true",
        tables=head.get("tables", b"").decode(),
        backfill=head.get("backfill", b"").decode(),
    )


def head_of(record: Any) -> StatusHead | None:
    """The head of a record of the status topic; None for one that is no state of ours. Raises `NewerVersion`."""
    try:
        return status_head(record.headers) if record.key else None
    except (KeyError, ValueError, TypeError, AttributeError):
        return None


def progress_record(progress: Progress) -> Outgoing:
    """How far a partition has been folded."""
    return Outgoing(str(progress.partition).encode(), encode_progress(progress), [VERSION_1])


class SetAsideLine(msgspec.Struct, frozen=True):
    """What a reader needs of the value of `inputs-set-aside`."""

    epoch: int
    partition: int
    offset: int
    reason: str
    at: datetime
    until: int | None = None
    parked_by: str | None = None


def read_set_aside(value: bytes) -> SetAsideLine:
    """Raises `msgspec.DecodeError` for bytes that are none."""
    return _SET_ASIDE_LINE.decode(value)


def set_aside_record(
    partition: int, offset: int, epoch: int, reason: str, at: datetime, until: int | None = None
) -> Outgoing:
    """An input that is not to be folded in this epoch, or the batch that begins with it. The same key without a value
    takes it back."""
    aside = SetAside(
        schema_version=1, epoch=epoch, partition=partition, offset=offset, reason=reason, at=at, until=until
    )
    return Outgoing(f"{partition}:{offset}".encode(), aside.model_dump_json().encode(), [VERSION_1])


def parked_record(parked: SetAsideLine) -> Outgoing:
    """A partition that waits for a person. The same key without a value lets it go on."""
    line = SetAside(schema_version=1, **msgspec.structs.asdict(parked))
    return Outgoing(b"%d" % parked.partition, line.model_dump_json().encode(), [VERSION_1])


def unparked_record(partition: int) -> Outgoing:
    """It waits no more."""
    return Outgoing(b"%d" % partition, None, [VERSION_1])


def current_record(epoch: int, before: int | None, at: datetime, base: MovedBase | None = None) -> Outgoing:
    """From now on this epoch is answered from, and `base` is the base log if it was ever moved."""
    switched = CurrentEpoch(schema_version=1, epoch=epoch, at=at, before=before, base=base)
    value = switched.model_dump_json(exclude={"base"} if base is None else None)
    return Outgoing(CURRENT, value.encode(), [("kind", CURRENT), VERSION_1])


CURRENT = b"current"


def read_current(value: bytes) -> CurrentEpoch:
    """Raises `pydantic.ValidationError` for bytes that are none."""
    return CurrentEpoch.model_validate_json(value)


def dead_letter_record(
    record: InputRecord,
    reason: str,
    stage: Literal["edge", "tracker", "operator"],
    *,
    at: datetime,
    topic: str = BASE.inputs,
    partition: int | None = None,
    whole: tuple[int, str] | None = None,
) -> Outgoing:
    """An input that is set aside. `at` is when it was received, used where its own header does not say.

    `partition` is None for what was never appended. `whole`: size and sha256 of a value that is too large, of which the
    record holds only the first 4 KiB.
    """
    size, digest = whole or (len(record.value), sha256(record.value).hexdigest())
    letter = DeadLetter(
        reason=reason or "no reason given",
        stage=stage,
        at=_received_at(record, at),
        topic=topic,
        partition=partition,
        offset=None if partition is None else record.position,
        size=size,
        sha256=digest,
        truncated=whole is not None,
        data=b64encode(record.value).decode(),
        headers=tuple(Header(name=name, value=_base64(value)) for name, value in record.headers),
    )
    headers = [VERSION_1, ("stage", stage.encode()), ("message-id", digest.encode())]
    return Outgoing(record.key.encode() or None, letter.model_dump_json().encode(), headers)


def read_dead_letter(value: bytes) -> DeadLetter:
    """Raises `pydantic.ValidationError` for bytes that are none."""
    return DeadLetter.model_validate_json(value)


def _base64(value: bytes | None) -> str | None:
    return None if value is None else b64encode(value).decode()


def _received_at(record: InputRecord, otherwise: datetime) -> datetime:
    try:
        return parse_utc(record.head.get("received-at", ""))
    except (InvalidMessage, ValueError):
        return otherwise


_DETERMINISTIC = msgspec.json.Encoder(order="deterministic")
_EVENT = msgspec.json.Decoder(Event)
_SET_ASIDE_LINE = msgspec.json.Decoder(SetAsideLine)
_CAUSED = msgspec.json.Decoder(_Caused)
