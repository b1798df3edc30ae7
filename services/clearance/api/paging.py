"""Pages of a list that changes while it is read.

A list shows first what changed last. A row that changes meanwhile moves to the top, above the pages already read: so
when the way down has ended, the pages go on upwards from where the first one began, and no row is missed. While nothing
changes every row comes once; a row that moves may come twice, the second time as it is then.
"""

from datetime import datetime
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from clearance.api import tokens
from clearance.api.problems import Problem
from clearance.events.values.times import bounded
from clearance.store.reader import Reader
from clearance.store.rows import (
    Finding,
    FindingPlace,
    Place,
    Shared,
    Stored,
    WantedAnomalies,
    WantedDeclarations,
    WantedIncidents,
)
from clearance.store.viewer import Viewer

C = TypeVar("C", bound="Cursor")


class Cursor(Struct, frozen=True, array_like=True):
    """Where a page begins: below or above (`up`) the row `id` of the time `at`. `top` is where the first page began,
    `epoch` the one that it was answered from: another one holds other rows."""

    up: bool
    at: datetime
    id: str
    top_at: datetime
    top_id: str
    epoch: int

    @property
    def place(self) -> Place:
        return Place(self.at, self.id)

    @property
    def top(self) -> Place:
        return Place(self.top_at, self.top_id)


class FindingCursor(Cursor, frozen=True, array_like=True):
    """The same in a list of anomalies: `limit` is that of the row, None for one without, as in all cursors that were
    given out before lists went by limits."""

    limit: datetime | None = None

    @property
    def finding(self) -> FindingPlace:
        return FindingPlace(self.limit, self.at, self.id)


def opaque(cursor: Cursor | None, viewer: Viewer) -> str | None:
    """The cursor for an address; of use to this viewer only."""
    if cursor is None:
        return None
    return tokens.text_of(msgspec.json.encode(cursor) + viewer.mark.encode())


def read(text: str | None, epoch: int, viewer: Viewer, kind: type[C] = Cursor) -> C | None:  # type: ignore[assignment]
    """The cursor of an address. Raises `Problem` for one that was not given out here to this viewer, or in another
    epoch."""
    if text is None:
        return None
    try:
        data, mark = tokens.bytes_of(text), viewer.mark.encode()
        if not data.endswith(mark):
            raise ValueError("of another viewer")
        cursor: C = _CURSORS[kind].decode(data.removesuffix(mark))
        for time in (cursor.at, cursor.top_at):
            bounded(time, str(time))
        if not (cursor.id + cursor.top_id).isprintable():
            raise ValueError("unprintable")
    except (msgspec.DecodeError, ValueError) as error:
        raise tokens.refused("query", "cursor", "`next` of the page before") from error
    if cursor.epoch != epoch:
        raise Problem("cursor-of-another-epoch", epoch=epoch)
    return cursor


def declarations(
    reader: Reader, wanted: WantedDeclarations, cursor: Cursor | None, limit: int, epoch: int
) -> tuple[list[Stored], Cursor | None]:
    """One page, and where the next one begins."""
    if cursor is None and wanted.updated_since is not None:
        first = Place(wanted.updated_since, "")
        return _upwards(reader=reader, wanted=wanted, before=[], after=first, limit=limit, epoch=epoch)
    if cursor is not None and cursor.up:
        return _upwards(reader=reader, wanted=wanted, before=[], after=cursor.place, limit=limit, epoch=epoch)
    down = reader.newest(wanted, cursor.place if cursor else None, limit + 1)
    top = cursor.top if cursor else _place(down[0]) if down else None
    if top is None or (cursor is None and len(down) <= limit):
        return down, None
    if len(down) > limit:
        return down[:limit], _cursor(False, _place(down[limit - 1]), top, epoch)
    return _upwards(reader=reader, wanted=wanted, before=down, after=top, limit=limit, epoch=epoch)


def _upwards(
    reader: Reader, wanted: WantedDeclarations, before: list[Stored], after: Place, limit: int, epoch: int
) -> tuple[list[Stored], Cursor | None]:
    """The rest of a page: what has changed after a place."""
    room = limit - len(before)
    up = reader.changed(wanted, after, room + 1)
    rows = [*before, *up[:room]]
    if len(up) <= room:
        return rows, None
    last = _place(up[room - 1]) if room else after
    return rows, _cursor(True, last, last, epoch)


def anomalies(
    reader: Reader, wanted: WantedAnomalies, cursor: FindingCursor | None, limit: int, epoch: int
) -> tuple[list[Finding], FindingCursor | None]:
    """One page, and where the next one begins. The way down is all there is: a limit moves only when a receipt says so,
    and a row that moved up meanwhile is read by the next reading."""
    if wanted.updated_since is not None:
        after = cursor.place if cursor else Place(wanted.updated_since, "")
        return _changed_anomalies(reader, wanted, after, limit, epoch)
    rows = reader.anomalies(wanted, cursor.finding if cursor else None, limit + 1)
    if len(rows) <= limit:
        return rows, None
    until, at, name = rows[limit - 1].place
    more = FindingCursor(up=False, at=at, id=name, top_at=at, top_id=name, epoch=epoch, limit=until)
    return rows[:limit], more


def _changed_anomalies(
    reader: Reader, wanted: WantedAnomalies, after: Place, limit: int, epoch: int
) -> tuple[list[Finding], FindingCursor | None]:
    """One page in the order of change. A row that changes meanwhile moves to the end, where it is still to be read."""
    rows = reader.changed_anomalies(wanted, after, limit + 1)
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1].changed
    more = FindingCursor(up=True, at=last.at, id=last.id, top_at=last.at, top_id=last.id, epoch=epoch)
    return rows[:limit], more


def incidents(
    reader: Reader, wanted: WantedIncidents, cursor: Cursor | None, limit: int, epoch: int
) -> tuple[list[Shared], Cursor | None]:
    """One page, and where the next one begins. When one opened never changes, so no row moves."""
    rows = reader.incidents(wanted, cursor.place if cursor else None, limit + 1)
    if len(rows) <= limit:
        return rows, None
    last = Place(rows[limit - 1].opened_at, rows[limit - 1].id)
    return rows[:limit], _cursor(False, last, last, epoch)


def _place(row: Stored) -> Place:
    return Place(row.applied_at, row.id)


def _cursor(up: bool, place: Place, top: Place, epoch: int) -> Cursor:
    return Cursor(up, *place, *top, epoch)


_CURSORS: dict[type, msgspec.json.Decoder[Any]] = {kind: msgspec.json.Decoder(kind) for kind in (Cursor, FindingCursor)}
