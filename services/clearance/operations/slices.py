"""A slice of the log → the arrivals that it was made of, in their order.

Links and facts are left out: a replay derives them anew. So are tables of expectations, which are of everybody: a
replay is given one; and what the analyst told of other declarations, which a slice need not hold. Of the clocks only
those stay that set something off, and the last one: the others say that nothing happened.
"""

from collections.abc import Iterable
from datetime import datetime

from clearance.edge.intake import arrival_of_record
from clearance.events.log.input_records import InputRecord, read_input
from clearance.events.log.inputs import BackfillEnd, Clock, Command, FactsInput, Link
from clearance.events.partition.partition import is_ahead
from clearance.events.partition.replay import Arrival, Replay
from clearance.events.tables.tables import Tables
from clearance.events.values.errors import InvalidMessage
from clearance.settings.tables import default_tables

DERIVED = frozenset({"link", "facts"})
LEFT_OUT = DERIVED | {"expectations", "related"}
Order = tuple[int, int, int]
"""Broker timestamp [ms], never less than that of the record before it in its partition; partition; offset."""


class Kin:
    """Which declaration ids belong together, by the links and facts between them."""

    def __init__(self) -> None:
        self._of: dict[str, set[str]] = {}

    def note(self, record: InputRecord) -> None:
        """A record of the log, of whatever kind."""
        self._of.setdefault(record.key, {record.key})
        if record_kind(record) in DERIVED:
            for other in _others(record):
                self._join(record.key, other)

    def of(self, number: str) -> set[str]:
        """The ids that belong to a number: an id itself, or the value of one."""
        return set[str]().union(*(both for one, both in self._of.items() if number in (one, one.split(":", 2)[-1])))

    def _join(self, one: str, other: str) -> None:
        both = self._of.setdefault(one, {one}) | self._of.setdefault(other, {other})
        for name in both:
            self._of[name] = both


def record_kind(record: InputRecord) -> str:
    """The kind that its header says, "" if none."""
    return dict(record.headers).get("kind", b"").decode("ascii", "replace")


def _others(record: InputRecord) -> Iterable[str]:
    try:
        given = read_input(record, default_tables())
    except InvalidMessage:
        return
    authority, _, number = record.key.partition(":")
    kinds = default_tables().numbers
    if isinstance(given, Link):
        yield given.primary
    elif isinstance(given, FactsInput) and kinds.role(authority, number) == "alias":
        yield from (f"{authority}:{one}" for one in given.numbers if kinds.role(authority, one) != "search")


class TooMany(ValueError):
    """A slice holds more than was allowed."""


class Slice:
    """What was selected so far. `left_out` counts records that are no input: they are dead letters."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.left_out = 0
        self._found: dict[Order, Arrival] = {}
        self._clocks: dict[Order, datetime] = {}
        self._deliveries: dict[tuple[object, ...], set[str]] = {}
        self._once: dict[str, Order] = {}

    def take(self, record: InputRecord, order: Order) -> None:
        """A record that was selected. Raises `TooMany`."""
        if record_kind(record) in LEFT_OUT:
            return
        try:
            given = read_input(record, default_tables())
        except InvalidMessage:
            self.left_out += 1
            return
        if isinstance(given, Clock):
            self._clocks |= {} if is_ahead(given) else {order: given.at}
        elif isinstance(given, BackfillEnd):
            end = Arrival(name="", at=given.at, kind="backfill-end", backfill=given.backfill)
            self._take_once(f"backfill {given.backfill}", order, end, last=True)
        elif isinstance(given, Command):
            self._take_once(f"command {given.statement.command_id}", order, _command(record.key, given))
        elif self._is_delivery(record.key, arrival := arrival_of_record(record)):
            self._found[order] = arrival
        if len(self._found) > self.limit:
            raise TooMany

    def arrivals(self, tables: Tables) -> list[Arrival]:
        """In the order in which they were appended, with the clocks that count."""
        clocks = {order: Arrival(name="", at=at, kind="clock") for order, at in self._clocks.items()}
        last = max(clocks, key=lambda order: (clocks[order].at, order), default=None)
        marks = {arrival.backfill for arrival in self._found.values() if arrival.kind != "backfill-end"}
        replay, kept = Replay(tables), []
        for order, arrival in sorted((self._found | clocks).items()):
            due = replay.partition.due()
            idle = arrival.kind == "clock" and order != last and (due is None or due > arrival.at)
            if not idle and not (arrival.kind == "backfill-end" and arrival.backfill not in marks):
                replay.take(arrival)
                kept.append(arrival)
        return kept

    def _take_once(self, name: str, order: Order, arrival: Arrival, last: bool = False) -> None:
        """What is in the log several times, in several partitions or forwarded: the first one counts, or the last."""
        held = self._once.get(name)
        if held is None or (order > held) == last:
            self._found.pop(held or order, None)
            self._once[name] = order
            self._found[order] = arrival

    def _is_delivery(self, key: str, arrival: Arrival) -> bool:
        """Whether this is not another record of a message that speaks of several declarations."""
        delivery = (arrival.data, arrival.at, arrival.organisation)
        keys = self._deliveries.setdefault(delivery, set())
        if keys and key not in keys:
            keys.add(key)
            return False
        self._deliveries[delivery] = {key}
        return True


def _command(key: str, given: Command) -> Arrival:
    statement = given.statement
    return Arrival(
        name="",
        at=given.at,
        kind="command",
        backfill=given.backfill,
        organisation=statement.organisation,
        declaration=key,
        statement=statement,
    )
