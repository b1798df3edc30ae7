"""A page of the feed: what happened to the declarations that the viewer sees, from a cursor on.

In order per declaration, each change once and numbered without holes; declarations that the viewer comes to see are
told with their state. See `docs/feed.md`.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import msgspec
from msgspec.structs import replace

from clearance.api.feed_cursor import FeedCursor, Walk
from clearance.api.membership import Moment, WantedChanges, before, now
from clearance.events.step.outputs import Event, Merged
from clearance.store.reader import Reader
from clearance.store.rows import Happened, Stored
from clearance.store.viewer import EVERYBODY

SETTLING = 500
"""Offsets behind which a state is usually there."""
WINDOW = 5000
"""Offsets that one page passes over, at most: what is not the viewer's costs something, too."""
Kind = Literal["changed", "seen", "merged", "left", "gone"]


class Change(NamedTuple):
    """One thing that is told. `seq` is the number of the event, or of the last one in a state that is told whole; the
    one before is `previous`, None where the client holds none."""

    kind: Kind
    declaration: str
    seq: int | None = None
    previous: int | None = None
    event: Event | None = None
    into: str = ""


class Page(NamedTuple):
    """`rows` are the states of the declarations that are spoken of, as they are now. `more`: ask again at once."""

    changes: list[Change]
    rows: list[Stored]
    cursor: FeedCursor
    more: bool


def begin(reader: Reader, epoch: int, whole: bool) -> FeedCursor:
    """From now on; `whole`: with the state of everything first."""
    has = reader.viewer.identifiers
    positions = {partition: _settled(reader, partition, head) for partition, head in reader.heads().items()}
    return FeedCursor(epoch, positions, has, Walk("all", "", has) if whole else None)


def _settled(reader: Reader, partition: int, head: int) -> int:
    """Up to where the states of all events are there: what comes behind is to be told, since no state shows it yet.

    States come in the order of the log, so that it is looked for from the end, ever further back until most of what is
    looked at is settled."""
    reach = SETTLING
    while True:
        begin = max(0, head - reach)
        settled = reader.settled(partition, begin, head)
        if begin == 0 or settled - begin > reach // 2:
            return settled
        reach *= 4


def page(reader: Reader, wanted: WantedChanges, cursor: FeedCursor, limit: int) -> Page:
    """What is told next; at most so many changes."""
    walk = _walk(cursor, reader.viewer.identifiers)
    if walk is None:
        return _followed(reader, wanted, cursor, limit)
    return _walked(reader, wanted, cursor, walk, limit)


def _walk(cursor: FeedCursor, has: tuple[str, ...]) -> Walk | None:
    """What is to be told one by one; from its beginning, if the viewer has other identifiers since."""
    if cursor.walk is not None and cursor.walk.has == has:
        return cursor.walk
    if cursor.walk is not None and cursor.walk.of == "all":
        return Walk("all", "", has)
    return None if {*cursor.identifiers} == {*has} else Walk("lost", "", has)


def _walked(reader: Reader, wanted: WantedChanges, cursor: FeedCursor, walk: Walk, limit: int) -> Page:
    had, has = {*cursor.identifiers}, {*walk.has}
    if walk.of == "all":
        ids = reader.ids_after(walk.after, limit + 1)
    elif walk.of == "gained":
        ids = reader.ids_by(has - had, has & had, walk.after, limit + 1)
    else:
        ids = reader.ids_by(had - has, has, walk.after, limit + 1)
    told = ids[:limit]
    moved = _moved(cursor, walk, told[-1] if len(ids) > limit else None)
    if walk.of == "lost":
        return Page([Change("gone", one) for one in told], [], moved, more=True)
    rows = [row for row in reader.declarations(told) if not row.merged_into and _is_wanted(wanted, row)]
    rows.sort(key=lambda row: row.id)
    return Page([Change("seen", row.id, row.seq) for row in rows], rows, moved, more=True)


def _moved(cursor: FeedCursor, walk: Walk, after: str | None) -> FeedCursor:
    if after is not None:
        return replace(cursor, walk=replace(walk, after=after))
    if walk.of == "lost":
        return replace(cursor, walk=Walk("gained", "", walk.has))
    return replace(cursor, walk=None, identifiers=walk.has)


def _followed(reader: Reader, wanted: WantedChanges, cursor: FeedCursor, limit: int) -> Page:
    found, cursor, more = _happened(reader, cursor, limit)
    ids = list(dict.fromkeys(one.declaration for one in found))
    rows = {row.id: row for row in reader.declarations(ids)}
    changes = [*_told(reader, wanted, found, rows)]
    spoken = {one.declaration for one in changes if one.kind in ("changed", "seen")}
    return Page(changes, [row for row in rows.values() if row.id in spoken and not row.merged_into], cursor, more)


def _happened(reader: Reader, cursor: FeedCursor, limit: int) -> tuple[list[Happened], FeedCursor, bool]:
    """What happened behind the cursor, one partition after the other, and where it ends."""
    heads, positions, budget = reader.heads(), dict(cursor.positions), WINDOW
    found: list[Happened] = []
    for partition in _in_turn(heads, cursor.turn):
        begin, head = positions.get(partition, 0), heads[partition]
        if begin >= head:
            continue
        if budget <= 0 or len(found) >= limit:
            return found, replace(cursor, positions=positions, turn=partition), True
        end = reader.settled(partition, begin, min(head, begin + budget))
        here = reader.happened(partition, begin, end, limit - len(found))
        if len(here) == limit - len(found):
            end = here[-1].offset + 1
        found += here
        positions[partition] = max(begin, end)
        budget -= end - begin
    return found, replace(cursor, positions=positions, turn=0), _is_cut(reader, heads, positions)


def _in_turn(heads: dict[int, int], turn: int) -> Iterator[int]:
    """All partitions, the one whose turn it is first: none waits for one that is always full."""
    yield from (one for one in sorted(heads) if one >= turn)
    yield from (one for one in sorted(heads) if one < turn)


def _is_cut(reader: Reader, heads: dict[int, int], positions: dict[int, int]) -> bool:
    """Whether something behind the positions can be told now."""
    return any(
        positions.get(partition, 0) < head
        and reader.settled(partition, positions.get(partition, 0), head) > positions.get(partition, 0)
        for partition, head in heads.items()
    )


def _told(reader: Reader, wanted: WantedChanges, found: list[Happened], rows: dict[str, Stored]) -> Iterator[Change]:
    everybody = reader.viewer == EVERYBODY
    since = {} if everybody else reader.named_since(rows)
    among = {name: _among(reader, wanted, rows[name], found) for name in rows}
    left: set[str] = set()
    for one in found:
        event = msgspec.json.decode(one.value, type=Event)
        first = 0 if everybody else since.get(one.declaration)
        membership = among[one.declaration]
        if isinstance(event.data, Merged):
            yield _merged(reader, one, event)
        elif first is None or one.seq < first:
            continue
        elif membership == "in":
            yield _changed(one, event, seen=one.seq == first)
        elif membership == "left" and one.declaration not in left:
            left.add(one.declaration)
            yield Change("left", one.declaration)


def _changed(one: Happened, event: Event, seen: bool) -> Change:
    previous = None if seen or one.seq == 1 else one.seq - 1
    return Change("seen" if seen else "changed", one.declaration, one.seq, previous, event)


def _merged(reader: Reader, one: Happened, event: Event) -> Change:
    """Who does not see where it went is not told where."""
    into = reader.primary_of(one.declaration)
    previous = None if one.seq == 1 else one.seq - 1
    shown = "" if into == one.declaration else into
    return Change("merged", one.declaration, seq=one.seq, previous=previous, event=event, into=shown)


def _among(reader: Reader, wanted: WantedChanges, row: Stored, found: list[Happened]) -> str:
    """`in`: among those wanted, once this page is told; `left`: before it only; else `out`."""
    if wanted.whole:
        return "in"
    here = [one for one in found if one.declaration == row.id]
    after = [one for one in reader.later(row.id, here[-1].seq) if one.seq <= row.seq]
    end = before(now(row), _events(after))
    if _has(wanted, row, end):
        return "in"
    return "left" if _has(wanted, row, before(end, _events(here))) else "out"


def _is_wanted(wanted: WantedChanges, row: Stored) -> bool:
    return wanted.whole or _has(wanted, row, now(row))


def _has(wanted: WantedChanges, row: Stored, moment: Moment) -> bool:
    return wanted.has(row, moment.status, moment.rules)


def _events(found: list[Happened]) -> list[Event]:
    return [msgspec.json.decode(one.value, type=Event) for one in found]
