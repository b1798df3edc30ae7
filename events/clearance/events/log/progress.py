"""How far a partition has been folded: the value of `tracker-progress`, and what a restart continues from."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct

from clearance.events.log.upcasting import VERSIONS, up_to_date

STEP_VERSION = "5"
"""Rises with every change of the fold that could give other events for the same log."""

Result = Literal["applied", "duplicate", "ignored", "dead_letter"]
CountKey = tuple[str, str, Result]
"""authority ("" for what speaks to a whole partition), format or kind, result."""


class InputCount(Struct, frozen=True):
    """How many inputs of one sort had one result, since the beginning of the epoch."""

    authority: str
    format: str
    result: Result
    count: int


class Progress(Struct, frozen=True, kw_only=True):
    """The value of one record; see `contracts/…/models/progress.py` for the fields."""

    schema_version: int = VERSIONS["progress"]
    epoch: int
    partition: int
    position: int
    stream_time: datetime | None
    wall_time: datetime
    ended_backfills: tuple[str, ...]
    counts: tuple[InputCount, ...]
    cluster_id: str
    topic_id: str
    step_version: str
    tables_version: str
    external_clock: bool = False
    caught_up_at: datetime | None = None
    topic_ids: dict[str, str] = {}
    parked_since: datetime | None = None
    expectations_version: int = 0


def encode_progress(progress: Progress) -> bytes:
    """The value of the record."""
    return msgspec.json.encode(progress, order="deterministic")


def decode_progress(data: bytes) -> Progress:
    """Raises `msgspec.DecodeError` for bytes that are none, and `NewerVersion` for those of a later version."""
    return _DECODER.decode(up_to_date("progress", data))


_DECODER = msgspec.json.Decoder(Progress)


def listed(counts: Mapping[CountKey, int]) -> tuple[InputCount, ...]:
    """The counts as the record holds them, sorted."""
    return tuple(InputCount(*key, counts[key]) for key in sorted(counts))
