"""A page of the feed: what happened to the declarations that the viewer sees, from a cursor on.

In order per declaration, each change once and numbered without holes; declarations that the viewer comes to see are
told with their state. See `docs/feed.md`.
"""

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

import msgspec
from msgspec.structs import replace

from clearance.api.feed_cursor import FeedCursor, Walk
from clearance.api.membership import WantedChanges, before, now
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
    """One thing that is told. `seq` is the number of the event, or of the last one in a state that is told whole."""

    kind: Kind
    declaration: str
    seq: int | None = None
    event: Event | None = None
    into: str = ""

    @property
    def previous(self) -> int | None:
        """The number of the event before; None where the client need not hold one."""
        if self.seq is None or self.seq == 1 or self.kind not in ("changed", "merged"):
            return None
        return self.seq - 1


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


def lacks(reader: Reader, cursor: FeedCursor) -> bool:
    """Whether something behind the cursor has left the store before it was told."""
    return any(cursor.positions.get(partition, 0) < before for partition, before in reader.purged_before().items())


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
    events = _events(found)
    rows = {row.id: row for row in reader.declarations(list(dict.fromkeys(one.declaration for one in events)))}
    changes = [*_told(reader, wanted, events, rows)]
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
    """Whether something behind the positions can be told now: the next event of a partition, if its state is there."""
    next_of = {partition: positions.get(partition, 0) for partition in heads}
    return any(at < heads[one] and reader.settled(one, at, at + 1) > at for one, at in next_of.items())


def _told(reader: Reader, wanted: WantedChanges, events: list[Event], rows: dict[str, Stored]) -> Iterator[Change]:
    everybody = reader.viewer == EVERYBODY
    since = {} if everybody else reader.named_since(rows)
    lost = {} if everybody else reader.lost_since({one.declaration for one in events} - rows.keys())
    among = {name: _among(reader, wanted, row, events) for name, row in rows.items()}
    left: set[str] = set()
    for event in events:
        name = event.declaration
        first = 0 if everybody else since.get(name)
        if name in lost:
            if event.seq == lost[name]:
                yield Change("gone", name)
        elif isinstance(event.data, Merged):
            yield Change("merged", name, event.seq, event, _into(reader, name))
        elif first is None or event.seq < first:
            continue
        elif among[name] == "in":
            yield Change("seen" if event.seq == first else "changed", name, event.seq, event)
        elif among[name] == "left" and name not in left:
            left.add(name)
            yield Change("left", name)


def _into(reader: Reader, declaration: str) -> str:
    """Who does not see where it went is not told where."""
    into = reader.primary_of(declaration)
    return "" if into == declaration else into


def _among(reader: Reader, wanted: WantedChanges, row: Stored, events: list[Event]) -> str:
    """`in`: among those wanted, once this page is told; `left`: before it only; else `out`."""
    if wanted.whole:
        return "in"
    here = [one for one in events if one.declaration == row.id]
    after = _events(one for one in reader.later(row.id, here[-1].seq) if one.seq <= row.seq)
    end = before(now(row), after)
    if wanted.has(row, end):
        return "in"
    return "left" if wanted.has(row, before(end, here)) else "out"


def _is_wanted(wanted: WantedChanges, row: Stored) -> bool:
    return wanted.whole or wanted.has(row, now(row))


def _events(found: Iterable[Happened]) -> list[Event]:
    return [_EVENT.decode(one.value) for one in found]


_EVENT = msgspec.json.Decoder(Event)
