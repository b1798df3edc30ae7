"""The rows that follow from one event, one state, one progress record.

The surprise: of what a state has several rows of (`PARTS`), a digest of the content is kept, so that rows which stay
as they are need not be written again with every change of the state.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Column, Table

from clearance.events.anomalies.handling import handlings
from clearance.events.anomalies.ledger import Anomaly, anomaly_id
from clearance.events.log.progress import Progress
from clearance.events.standing.spans import SPANS, begun, first, lengths
from clearance.events.tables.numbers import unscoped
from clearance.store import schema
from clearance.store.consumed_records import ConsumedEvent, ConsumedMessage, ConsumedState, Evident
from clearance.store.tallies import DIMENSIONS

Row = dict[str, Any]
DIGEST_BYTES = 8


def event_row(event: ConsumedEvent) -> Row:
    indexed = event.indexed
    return {
        "declaration": indexed.declaration,
        "epoch": indexed.epoch,
        "seq": indexed.seq,
        "partition": event.partition,
        "offset": event.offset,
        "type": indexed.data.type,
        "at": indexed.at,
        "command_id": indexed.data.command_id,
        "value": event.value,
    }


def message_row(consumed: ConsumedMessage) -> Row:
    return {
        "declaration": consumed.declaration,
        "message_id": consumed.message.message_id,
        "partition": consumed.partition,
        "offset": consumed.offset,
        "format": consumed.format,
        "size": consumed.size,
        "received_at": consumed.message.at,
        "organisation": consumed.message.organisation,
    }


def up_to(progress: Progress) -> datetime:
    """What had come into the log by this time is folded."""
    return progress.caught_up_at or progress.wall_time


def progress_row(progress: Progress, applied_at: datetime) -> Row:
    return {
        "partition": progress.partition,
        "epoch": progress.epoch,
        "position": progress.position,
        "stream_time": progress.stream_time,
        "wall_time": up_to(progress),
        "external_clock": progress.external_clock,
        "applied_at": applied_at,
        "parked_since": progress.parked_since,
    }


def declaration_row(state: ConsumedState, applied_at: datetime) -> Row:
    indexed, view = state.indexed, state.indexed.view
    return {
        "id": indexed.declaration,
        "partition": state.partition,
        "epoch": indexed.epoch,
        "src": indexed.src,
        "seq": indexed.seq,
        "authority": authority(state),
        "status": view.status,
        "group": view.group,
        "open": view.open,
        "direction": view.detail("direction"),
        "office": view.detail("office"),
        "transport_mode": view.detail("transport_mode"),
        "merged_into": indexed.merged_into,
        "since": view.since,
        "applied_at": applied_at,
        "parts": b"".join(part.digest(state) for part in PARTS),
        "record": state.value,
    }


def found_by(numbers: tuple[str, ...]) -> tuple[str, ...]:
    """The numbers, and those that are unique within a sender without it too: that is how a person knows them."""
    return tuple(dict.fromkeys(one for number in numbers for one in (number, unscoped(number)) if one))


class Applied(NamedTuple):
    """A state that is applied: whose it is, the number of the last event before it, and when."""

    declaration: str
    seq: int
    at: datetime


def number_rows(applied: Applied, numbers: tuple[str, ...], _: str) -> Iterator[Row]:
    """Told anew also when the declaration leads to another, since its numbers lead there then."""
    for number in numbers:
        kind, _sep, value = number.partition(":")
        yield {"declaration": applied.declaration, "kind": kind, "value": value}


def party_rows(applied: Applied, identifiers: tuple[str, ...]) -> Iterator[Row]:
    for identifier in identifiers:
        yield {"declaration": applied.declaration, "identifier": identifier, "seq": applied.seq}


def anomaly_rows(applied: Applied, found: tuple[Evident, ...], office: str, direction: str) -> Iterator[Row]:
    """`lines`, of the timeline, are what the anomaly rests on, in JSON as `about` is."""
    for anomaly, lines in found:
        yield {
            "id": anomaly_id(applied.declaration, anomaly.rule, anomaly.deadline),
            "declaration": applied.declaration,
            "rule": anomaly.rule,
            "severity": anomaly.severity,
            "level": anomaly.level,
            "state": anomaly.state,
            "opened_at": anomaly.deadline,
            "since": anomaly.since,
            "limit": anomaly.limit,
            "says": anomaly.says,
            "about": msgspec.json.encode(anomaly.about).decode(),
            "lines": msgspec.json.encode(lines).decode(),
            "receipts": msgspec.json.encode(anomaly.receipts),
            "acknowledged_by": anomaly.acknowledged_by,
            "turns": msgspec.json.encode(anomaly.turns).decode(),
            "office": office,
            "direction": direction,
            "applied_at": applied.at,
        }


def handling_rows(applied: Applied, handled: tuple[Anomaly, ...]) -> Iterator[Row]:
    """One for each organisation that has done anything about an anomaly."""
    for anomaly in handled:
        for organisation, done in handlings(anomaly).items():
            yield {
                "anomaly": anomaly_id(applied.declaration, anomaly.rule, anomaly.deadline),
                "organisation": organisation,
                "declaration": applied.declaration,
                "closed": done.closed or "",
                "acknowledged": bool(done.acknowledged_by),
                "assignee": done.assignee,
            }


def span_rows(
    applied: Applied, stage_times: dict[str, datetime], may_end: bool, group: tuple[str, ...]
) -> Iterator[Row]:
    """One for each span that has begun; it is neither ended nor open if it was given up or is dated backwards."""
    ended, running = lengths(stage_times), begun(stage_times)
    for span in SPANS:
        if (begun_at := first(stage_times, span.begins)) is not None:
            yield {
                "declaration": applied.declaration,
                "span": span.name,
                "begun_at": begun_at,
                "seconds": ended.get(span.name),
                "open": may_end and span.name in running,
                **dict(zip(DIMENSIONS, group, strict=True)),
            }


def _times(state: ConsumedState) -> tuple[dict[str, datetime], bool, tuple[str, ...]]:
    """None of a pointer: its primary number holds the same receipts, and each span counts once."""
    if state.indexed.merged_into:
        return {}, False, ()
    view = state.indexed.view
    return view.stage_times, view.open, (authority(state), *map(view.detail, DIMENSIONS[1:]))


def authority(state: ConsumedState) -> str:
    """That of its id."""
    return state.declaration.partition(":")[0]


@dataclass(frozen=True)
class Part:
    """A table with several rows for one declaration. They are `rows(applied, *content)`: whatever is in neither cannot
    get into a row. `kept`: the column of what a row is about whose first time counts: it is never written again. Of
    what is `tallied` the tallies follow."""

    table: Table
    content: Callable[[ConsumedState], tuple[Any, ...]]
    rows: Callable[..., Iterator[Row]]
    kept: Column[Any] | None = None
    tallied: bool = False

    def digest(self, state: ConsumedState) -> bytes:
        return blake2b(msgspec.msgpack.encode(self.content(state)), digest_size=DIGEST_BYTES).digest()


PARTS = (
    Part(schema.numbers, lambda state: (found_by(state.indexed.numbers), state.indexed.merged_into), number_rows),
    Part(
        schema.anomalies,
        lambda state: (state.found, *map(state.indexed.view.detail, ("office", "direction"))),
        anomaly_rows,
    ),
    Part(schema.spans, _times, span_rows, tallied=True),
    Part(
        schema.parties,
        lambda state: (state.parties,),
        party_rows,
        kept=schema.parties.c.identifier,
    ),
    Part(
        schema.former_parties,
        lambda state: (state.former_parties,),
        party_rows,
        kept=schema.former_parties.c.identifier,
    ),
    Part(schema.handlings, lambda state: (state.handled,), handling_rows),
)
NUMBERS = 0
"""The place of the numbers among them."""
