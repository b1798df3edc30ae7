"""Recipients of notices: who is told of what, where, in which language, and when.

The surprise: the address of a robot is a token, and whoever has it can write to the group. So it is kept like a secret:
no list and no log shows it.
"""

import re
from collections.abc import Mapping
from datetime import datetime, time
from functools import cache
from pathlib import Path
from typing import Literal, get_args
from zoneinfo import available_timezones

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Engine, select

from clearance.access import schema
from clearance.access.database import changing, reading
from clearance.access.errors import AccessRefused
from clearance.access.organisations import ID, require
from clearance.contracts.tables import Row, index
from clearance.events.anomalies.clauses import Language
from clearance.events.tables.durations import Severity
from clearance.settings.tables import default_tables

SEVERITIES: tuple[Severity, ...] = get_args(Severity)
MAIL = re.compile(r"[^\s@,;:<>()\[\]\"\\]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
TOKEN = re.compile(r"[A-Za-z0-9_-]{8,200}")
SHOWN = 4
"""Characters of a token that a list shows, to tell two apart."""


class Channel(Row):
    """A way to a recipient. `address` says what its address is, `host` where its robots are; a message has at most
    `longest` bytes, and an address gets `a_minute` of them, a few less than it allows, since its minute is not ours."""

    name: str
    address: str
    letter: Literal["mail", "robot"]
    longest: int
    a_minute: int
    host: str = ""
    source: str = ""


@cache
def channels() -> dict[str, Channel]:
    """The table by name. Raises `InvalidTable`."""
    path = Path(__file__).parent / "channels.csv"
    return index(path, ((row.name, row) for row in Channel.read(path)))


class Recipient(Struct, frozen=True, kw_only=True):
    """Who is told. `organisation` is "" for the operator, who is told of everything. `rules` are those told of; all, if
    none is named. `digest_at` is when the one message of a day comes, None for a notice of each matter at once; from
    `quiet_from` to `quiet_until` nothing comes; all three by the clock of `zone`."""

    id: str
    organisation: str = ""
    channel: str
    address: str
    secret: str = ""
    language: Language = "en"
    severity: Severity = "medium"
    rules: tuple[str, ...] = ()
    digest_at: time | None = None
    quiet_from: time | None = None
    quiet_until: time | None = None
    zone: str = "Asia/Shanghai"
    added_at: datetime

    @property
    def shown_address(self) -> str:
        """The address as a list may show it."""
        return self.address if channels()[self.channel].letter == "mail" else f"…{self.address[-SHOWN:]}"

    def wants(self, rule: str, severity: Severity) -> bool:
        """Whether it is told of an anomaly of this rule and severity."""
        matters = SEVERITIES.index(severity) >= SEVERITIES.index(self.severity)
        return matters and (not self.rules or rule in self.rules)


def of(given: Mapping[str, object]) -> Recipient:
    """A recipient of what a person wrote. Raises `AccessRefused`."""
    try:
        return msgspec.convert(given, Recipient)
    except msgspec.ValidationError as error:
        raise AccessRefused(f"{error}: `clearance recipients add --help` tells what there is") from error


def shown(one: Recipient) -> dict[str, str]:
    """A recipient as it may be listed."""
    quiet = f"{one.quiet_from:%H:%M}-{one.quiet_until:%H:%M}" if one.quiet_from is not None else ""
    return {
        "id": one.id,
        "organisation": one.organisation,
        "channel": one.channel,
        "address": one.shown_address,
        "language": one.language,
        "severity": one.severity,
        "rules": " ".join(one.rules),
        "digest": f"{one.digest_at:%H:%M}" if one.digest_at is not None else "",
        "quiet": quiet,
        "zone": one.zone,
    }


def add(engine: Engine, one: Recipient) -> None:
    """Add a recipient. It is told of what happens from now on. Raises `AccessRefused`, `StoreError`."""
    _check(one)
    with changing(engine) as connection:
        if one.organisation:
            require(connection, one.organisation)
        if one.id in _held(connection):
            raise AccessRefused(f"{one.id} is there already: `clearance recipients remove {one.id}` first")
        row = {"id": one.id, "organisation": one.organisation, "content": msgspec.json.encode(one)}
        connection.execute(schema.recipients.insert(), row)


def remove(engine: Engine, recipient: str) -> None:
    """Tell it nothing more, and forget what it was told. Raises `AccessRefused`, `StoreError`."""
    with changing(engine) as connection:
        if recipient not in _held(connection):
            raise _unknown(recipient)
        connection.execute(schema.recipients.delete().where(schema.recipients.c.id == recipient))
        for table in (schema.followed, schema.notices):
            connection.execute(table.delete().where(table.c.recipient == recipient))


def all_of(engine: Engine) -> list[Recipient]:
    """Every recipient, by id. Raises `StoreError`."""
    with reading(engine) as connection:
        return [*_held(connection).values()]


def the_one(engine: Engine, recipient: str) -> Recipient:
    """One of them. Raises `AccessRefused`, `StoreError`."""
    with reading(engine) as connection:
        held = _held(connection)
    if recipient not in held:
        raise _unknown(recipient)
    return held[recipient]


def _held(connection: Connection) -> dict[str, Recipient]:
    query = select(schema.recipients.c.content).order_by(schema.recipients.c.id)
    found = (_RECIPIENT.decode(content) for content in connection.execute(query).scalars())
    return {one.id: one for one in found}


def _check(one: Recipient) -> None:
    """Raises `AccessRefused` for what could never be told."""
    if not ID.fullmatch(one.id):
        raise AccessRefused(f"{one.id!r} is no id: write it in up to 40 of a-z, 0-9 and -, such as acme-desk")
    channel = channels().get(one.channel)
    if channel is None:
        raise AccessRefused(f"there is no channel {one.channel}: choose one of {', '.join(channels())}")
    if not (MAIL if channel.letter == "mail" else TOKEN).fullmatch(one.address):
        raise AccessRefused(f"that is no address for {one.channel}: give {channel.address}, and nothing else")
    if one.zone not in available_timezones():
        raise AccessRefused(f"there is no time zone {one.zone!r}: write it as Asia/Shanghai or Europe/London")
    if unknown := sorted({*one.rules} - default_tables().rules.keys()):
        raise AccessRefused(f"there is no rule {unknown[0]}: docs/rules.md lists them")
    _check_times(one)


def _check_times(one: Recipient) -> None:
    if (one.quiet_from is None) != (one.quiet_until is None):
        raise AccessRefused("quiet hours begin and end: write them as 22:00-07:00")
    if one.quiet_from is not None and one.quiet_from == one.quiet_until:
        raise AccessRefused("quiet hours that end when they begin are all hours or none: write them as 22:00-07:00")
    if one.digest_at is not None and one.quiet_from is not None:
        raise AccessRefused("a digest comes at its own time: leave the quiet hours out")


def _unknown(recipient: str) -> AccessRefused:
    return AccessRefused(f"there is no recipient {recipient}: `clearance recipients list` tells all")


_RECIPIENT = msgspec.json.Decoder(Recipient)
