"""A log with one number of partitions as a log with another: where each record comes to lie, and in which order. Pure.

Records of a declaration keep their order; those of several declarations get that of their broker timestamps. What
speaks to a whole partition speaks to every new one: a clock if it is later than the last, the end of a backfill when
the last old partition has told it, whatever else once.
"""

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from clearance.events.log.input_records import SEALED, WHOLE_PARTITION, is_of_kind
from clearance.events.values.times import parse_utc
from clearance.kafka.move_records import Told
from clearance.kafka.wire import Outgoing, is_seal
from clearance.rebuild.copying import ORIGIN, is_copied

NOTHING = Told()
REMEMBERED = 200
"""Backfills, and other records for all, that are known to have been told: all partitions tell one at about one time."""


class Copy(Struct, frozen=True):
    """A record on its way: from `origin`, the old partition and offset, to a new partition."""

    origin: tuple[int, int]
    to: int
    record: Outgoing


def in_order(given: Mapping[int, Sequence[Any]]) -> Iterator[tuple[int, Any]]:
    """Records with their partitions, by broker timestamps; those of a partition never change places."""
    return ((number, record) for _, number, _, record in heapq.merge(*(_timed(*one) for one in given.items())))


def _timed(number: int, records: Sequence[Any]) -> Iterator[tuple[int, int, int, Any]]:
    reached = 0
    for record in records:
        reached = max(reached, record.timestamp)
        yield reached, number, record.offset, record


class Rehashing:
    """From `old` partitions into as many as `new`. `home` says in which of them the records of a key lie."""

    def __init__(self, old: int, new: int, home: Callable[[bytes], int], told: Told = NOTHING) -> None:
        self.old, self.new, self.home, self.told = old, new, home, told
        self.sealed: set[int] = set()

    def copies(self, number: int, record: Any, more: Sequence[tuple[str, bytes]] = ()) -> list[Copy]:
        """What becomes of the next record of an old partition, with `more` headers. Raises `NewerVersion`."""
        if is_of_kind(SEALED, record.headers):
            self.sealed |= {number} if is_seal(record) else set()
            return []
        if not is_copied(record):
            return []
        origin = number, record.offset
        copy = Outgoing(record.key, record.value, [*record.headers, *more, (ORIGIN, b"%d:%d" % origin)])
        return [Copy(origin, to, copy) for to in self._to(number, record)]

    def _to(self, number: int, record: Any) -> Sequence[int]:
        kind = next((kind for kind in WHOLE_PARTITION if is_of_kind(kind, record.headers)), None)
        if kind is None:
            return [self.home(record.key) if record.key else number % self.new]
        return range(self.new) if self._is_news(kind, number, dict(record.headers)) else ()

    def _is_news(self, kind: str, number: int, head: Mapping[str, bytes]) -> bool:
        """Whether it is to be said to all, which is noted."""
        before = self.told
        if kind == "clock":
            at = parse_utc(head["received-at"].decode())
            self.told = replace(before, clock=max(before.clock or at, at))
            return before.clock is None or at > before.clock
        if kind == "backfill-end":
            name = head["backfill"].decode()
            ended = {*before.ended.get(name, ()), number}
            later = {**before.ended, name: sorted(ended)}
            self.told = replace(before, ended=dict([*later.items()][-REMEMBERED:]))
            return len(ended) == self.old and number not in before.ended.get(name, ())
        name = head["message-id"].decode()
        others = [one for one in before.others if one != name]
        self.told = replace(before, others=[*others, name][-REMEMBERED:])
        return len(others) == len(before.others)


def old_place_of(headers: Sequence[tuple[str, bytes]]) -> tuple[int, int] | None:
    """The old partition and offset that a record was copied from; None for what was derived anew."""
    for name, value in reversed(headers):
        if name == ORIGIN:
            number, _, offset = value.partition(b":")
            return int(number), int(offset)
    return None
