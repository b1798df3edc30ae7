"""The rows that follow from one event, one state, one progress record.

The surprise: of what a state has several rows of (`PARTS`), a digest of the content is kept, so that rows which stay
as they are need not be written again with every change of the state.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any

import msgspec
from sqlalchemy import Table

from clearance.events.anomalies.ledger import Anomaly, anomaly_id
from clearance.events.log.progress import Progress
from clearance.events.standing.spans import SPANS, begun, first, lengths
from clearance.store import schema
from clearance.store.seen import SeenEvent, SeenState

Row = dict[str, Any]
DIGEST_BYTES = 8


def event_row(seen: SeenEvent) -> Row:
    head = seen.head
    return {
        "declaration": head.declaration,
        "epoch": head.epoch,
        "seq": head.seq,
        "partition": seen.partition,
        "offset": seen.offset,
        "type": head.data.type,
        "at": head.at,
        "command_id": head.data.command_id,
        "value": seen.value,
    }


def progress_row(progress: Progress, applied_at: datetime) -> Row:
    return {
        "partition": progress.partition,
        "epoch": progress.epoch,
        "position": progress.position,
        "stream_time": progress.stream_time,
        "wall_time": progress.caught_up_at or progress.wall_time,
        "external_clock": progress.external_clock,
        "applied_at": applied_at,
    }


def declaration_row(seen: SeenState, applied_at: datetime) -> Row:
    head, view = seen.head, seen.head.view
    return {
        "id": head.declaration,
        "partition": seen.partition,
        "epoch": head.epoch,
        "src": head.src,
        "seq": head.seq,
        "authority": head.declaration.partition(":")[0],
        "status": view.status,
        "group": view.group,
        "open": view.open,
        "direction": view.detail("direction"),
        "office": view.detail("office"),
        "transport_mode": view.detail("transport_mode"),
        "merged_into": head.merged_into,
        "since": view.since,
        "applied_at": applied_at,
        "parts": b"".join(part.digest(seen) for part in PARTS),
        "record": seen.value,
    }


def number_rows(declaration: str, _: datetime, numbers: tuple[str, ...]) -> Iterator[Row]:
    for number in numbers:
        kind, _sep, value = number.partition(":")
        yield {"declaration": declaration, "kind": kind, "value": value}


def anomaly_rows(
    declaration: str, applied_at: datetime, anomalies: tuple[Anomaly, ...], office: str, direction: str
) -> Iterator[Row]:
    for one in anomalies:
        yield {
            "id": anomaly_id(declaration, one.rule, one.deadline),
            "declaration": declaration,
            "rule": one.rule,
            "severity": one.severity,
            "level": one.level,
            "state": one.state,
            "opened_at": one.deadline,
            "since": one.since,
            "text": one.text,
            "receipts": msgspec.json.encode(one.receipts),
            "acknowledged_by": one.acknowledged_by,
            "office": office,
            "direction": direction,
            "applied_at": applied_at,
        }


def span_rows(declaration: str, _: datetime, stage_times: dict[str, datetime], may_end: bool) -> Iterator[Row]:
    """One for each span that has begun; it is neither ended nor open if it was given up or is dated backwards."""
    ended, running = lengths(stage_times), begun(stage_times)
    for span in SPANS:
        if (begun_at := first(stage_times, span.begins)) is not None:
            yield {
                "declaration": declaration,
                "span": span.name,
                "begun_at": begun_at,
                "seconds": ended.get(span.name),
                "open": may_end and span.name in running,
            }


def _times(seen: SeenState) -> tuple[dict[str, datetime], bool]:
    """None of a pointer: its primary number holds the same receipts, and each span counts once."""
    view = seen.head.view
    return ({}, False) if seen.head.merged_into else (view.stage_times, view.open)


@dataclass(frozen=True)
class Part:
    """A table with several rows for one declaration. They are `rows(declaration, applied_at, *content)`: whatever is
    not in the content cannot get into a row."""

    table: Table
    content: Callable[[SeenState], tuple[Any, ...]]
    rows: Callable[..., Iterator[Row]]

    def digest(self, seen: SeenState) -> bytes:
        return blake2b(msgspec.msgpack.encode(self.content(seen)), digest_size=DIGEST_BYTES).digest()


PARTS = (
    Part(schema.numbers, lambda seen: (seen.head.numbers,), number_rows),
    Part(
        schema.anomalies,
        lambda seen: (seen.head.anomalies, seen.head.view.detail("office"), seen.head.view.detail("direction")),
        anomaly_rows,
    ),
    Part(schema.spans, _times, span_rows),
)
