"""Records of `declaration-inputs`: how an input is written into the log, and read out of it again.

What is read is checked to the last time and number, because a record that only looks like an input would stop every
worker that folds it: it is refused here, and becomes a dead letter.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256

import msgspec
from msgspec import Struct

from clearance.events.log.input_checks import check
from clearance.events.log.inputs import KINDS, UNPLACED, Command, Input, Message, Sealed, decode, encode
from clearance.events.log.upcasting import VERSIONS, brought_up, check_version
from clearance.events.receipts.parts import conversation_id
from clearance.events.receipts.routing import route
from clearance.events.tables.tables import Tables
from clearance.events.values.errors import InvalidMessage
from clearance.events.values.times import parse_utc, rfc3339

QUIET = "1"
SET_ASIDE = "set-aside"
"""The header that says why a copy is not folded: a person has set aside what it was copied from."""
OF_A_REBUILD = frozenset({"origin", "quiet", SET_ASIDE})
"""Headers that a rebuild or a move puts on its copies, and that mean nothing beside them."""
SEALED = "sealed"
VERSION = str(VERSIONS["input"])
KIND_OF: dict[type[Input], str] = {kind: name for name, kind in KINDS.items()} | {Sealed: SEALED}
Headers = tuple[tuple[str, bytes], ...]


class InputRecord(Struct, frozen=True, gc=False):
    """One record as the log holds it. `key` is the declaration id, "" for what speaks to a whole partition.

    `timestamp_ms` is the broker's, None where the record is not in the log yet.
    """

    key: str
    value: bytes
    headers: Headers
    position: int = UNPLACED
    timestamp_ms: int | None = None

    @property
    def head(self) -> dict[str, str]:
        """The headers by name. Raises `InvalidMessage`."""
        try:
            head = {name: value.decode() for name, value in self.headers if value is not None}
        except UnicodeDecodeError as error:
            raise InvalidMessage(f"a header is not UTF-8: {error}") from error
        if not "".join(head.values()).isprintable():
            odd = next(name for name, value in head.items() if not value.isprintable())
            raise InvalidMessage(f"header {odd[:40]!r} holds control characters")
        return head


def message_record(
    declaration: str,
    data: bytes,
    *,
    received_at: datetime,
    organisation: str = "",
    system: str = "",
    hints: tuple[str, ...] = (),
    backfill: str = "",
    stated_at: datetime | None = None,
    conversation: str = "",
) -> InputRecord:
    """What an authority sent, filed under one of its declarations."""
    more = {
        "organisation": organisation,
        "backfill": backfill,
        "system": system,
        "hints": " ".join(hints),
        "stated-at": rfc3339(stated_at) if stated_at else "",
        "conversation-id": conversation,
    }
    optional = {name: value for name, value in more.items() if value or name == "organisation"}
    return _record("message", declaration, data, received_at, optional)


def input_record(declaration: str, given: Input) -> InputRecord:
    """Any other input; `declaration` is "" for what speaks to a whole partition."""
    more = {"backfill": given.backfill} if given.backfill else {}
    if given.quiet:
        more["quiet"] = QUIET
    if isinstance(given, Command):
        more["organisation"] = given.statement.organisation
    return _record(KIND_OF[type(given)], declaration, encode(given), given.at, more)


def _record(kind: str, declaration: str, value: bytes, at: datetime, more: dict[str, str]) -> InputRecord:
    digest = sha256(value).hexdigest()
    head = {"kind": kind, "schema-version": VERSION, "received-at": rfc3339(at), "message-id": digest}
    if declaration:
        head["authority"] = declaration.partition(":")[0]
    return InputRecord(declaration, value, tuple((name, text.encode()) for name, text in {**head, **more}.items()))


def read_input(record: InputRecord, tables: Tables) -> Input:
    """The input that a record holds. Raises `InvalidMessage`, and `NewerVersion` for one that is not ours to refuse."""
    head = record.head
    version = _version(head.get("schema-version", ""))
    kind = head.get("kind", "")
    if kind == "message":
        return _message(record, head, tables)
    if kind == SEALED:
        return Sealed(position=record.position, at=_instant(record.timestamp_ms) or NEVER)
    if kind not in KINDS:
        raise InvalidMessage(f"kind {kind[:40]!r} is no kind of input; known: message, {', '.join(KINDS)}")
    if kind not in WHOLE_PARTITION:
        tables.numbers.checked_id(record.key)
    value = brought_up("input", version, record.value)
    if NUL in value:
        raise InvalidMessage(f"{kind}: holds a NUL character, which no store keeps")
    try:
        given = decode(kind, value, record.position, _instant(record.timestamp_ms), head.get("quiet") == QUIET)
        check(given, record.key, tables.numbers)
    except RecursionError as error:
        raise InvalidMessage(f"{kind}: nested too deeply") from error
    except (msgspec.DecodeError, ValueError) as error:
        raise InvalidMessage(f"{kind}: {error}") from error
    return given


NEVER = datetime(1970, 1, 1, tzinfo=UTC)
IS_VERSION = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


def _version(text: str) -> int:
    if text == VERSION:
        return VERSIONS["input"]
    if not IS_VERSION.fullmatch(text):
        raise InvalidMessage(f"schema-version {text[:40]!r} is no version; this one reads up to {VERSION}")
    check_version("input", int(text))
    return int(text)


NUL = b"\\u0000"
WHOLE_PARTITION = frozenset({"clock", "backfill-end", "expectations"})


def _message(record: InputRecord, head: dict[str, str], tables: Tables) -> Message:
    received_at, stated_at = times_of(head)
    conversation = conversation_of(head)
    organisation = head.get("organisation", "")
    children = route(
        record.value,
        tables,
        authority=head.get("authority", ""),
        sender=organisation,
        system=head.get("system", ""),
        hints=tuple(head.get("hints", "").split()),
    )
    mine = [child for child in children if child.declaration == record.key]
    if not mine:
        tables.numbers.checked_id(record.key)
        spoken_of = ", ".join(child.declaration for child in children[:3])
        raise InvalidMessage(f"filed under {record.key}, but the message speaks of {spoken_of}")
    return Message(
        position=record.position,
        at=received_at,
        backfill=head.get("backfill", ""),
        quiet=head.get("quiet") == QUIET,
        receipts=mine[0].receipts,
        message_id=sha256(record.value).hexdigest(),
        organisation=organisation,
        stated_at=stated_at,
        conversation=conversation,
    )


def times_of(head: dict[str, str]) -> tuple[datetime, datetime | None]:
    """When a message was received, and when its file says that it was written. Raises `InvalidMessage`."""
    name, stated = "received-at", head.get("stated-at")
    try:
        received_at = parse_utc(head.get(name, ""))
        name = "stated-at"
        return received_at, parse_utc(stated) if stated else None
    except ValueError as error:
        raise InvalidMessage(f"{name}: {error}") from error


def conversation_of(head: dict[str, str]) -> str:
    """The conversation that a message came in, "" if none is stated. Raises `InvalidMessage`."""
    stated = head.get("conversation-id", "")
    try:
        return conversation_id(stated) if stated else ""
    except ValueError as error:
        raise InvalidMessage(f"conversation-id: {error}") from error


def _instant(timestamp_ms: int | None) -> datetime | None:
    return None if timestamp_ms is None else datetime.fromtimestamp(timestamp_ms / 1000, UTC)


def format_of(given: Input) -> str:
    """What metrics count by: the format of a message, the kind of any other input."""
    return given.receipts[0].format if isinstance(given, Message) else KIND_OF[type(given)]


def why_set_aside(record: InputRecord) -> str:
    """Why a person has set a record aside before it was copied here; "" if nobody has, or that cannot be read."""
    for name, _ in record.headers:
        if name == SET_ASIDE:
            with suppress(InvalidMessage):
                return record.head.get(SET_ASIDE, "")
    return ""


def kind_told(headers: Sequence[tuple[str, bytes]]) -> bytes:
    """The kind that headers tell first, nothing if they tell none: for who asks of each record for several kinds."""
    for name, value in headers:
        if name == "kind":
            return value or b""
    return b""


def is_of_kind(kind: str, headers: Sequence[tuple[str, bytes]]) -> bool:
    """Whether a record is of this kind, by its headers and without reading its value."""
    return ("kind", kind.encode()) in headers
