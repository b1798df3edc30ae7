"""What tells whether two declarations are of the same goods, as the events of one declaration tell it. Pure.

The surprise: it only grows, but for where the declaration stands. So it follows from the set of what was told, and a
bill of lading that was corrected later still finds the declaration that names it.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from clearance.events.learning.course import Course
from clearance.events.standing.track import BEFORE_RELEASE
from clearance.events.step.outputs import Changed, Event, Merged
from clearance.events.tables.numbers import Numbers
from clearance.events.tables.transitions import START
from clearance.events.values.receipt import Receipt

UNDECIDED = BEFORE_RELEASE - {START, "draft"}
"""Stages at which customs has it and has decided nothing: until then a declaration is silent."""
TURNED_DOWN = frozenset(
    {"tech_rejected", "returned_for_correction", "rejected", "no_release"}
    | {"withdrawn", "cancelled", "expired", "deleted"}
)
"""Stages after which goods are filed anew."""
MOST_NUMBERS, MOST_TRAITS = 16, 16

Point = tuple[datetime, str]
Rank = Callable[[str], int]


class Filing(Struct, frozen=True, gc=False, omit_defaults=True):
    """One declaration by what it shares with others. `traits` are `bill:` and `goods:` with a hash, sorted; `numbers`
    the others that identify it, `points` when it came to which stage, in order. `into`: it is an alias of that one.
    `seq` tells which event it follows from, `at` the time of that; `quiet`: that was history."""

    declaration: str
    epoch: int = 0
    seq: int = 0
    at: datetime | None = None
    trader: str = ""
    traits: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    points: tuple[Point, ...] = ()
    into: str = ""
    quiet: bool = False

    @property
    def filed_at(self) -> datetime | None:
        """When customs was first asked for something; None for a draft."""
        return next((at for at, stage in self.points if stage not in (START, "draft")), None)

    @property
    def stage(self) -> str:
        return self.points[-1][1] if self.points else ""

    def at_time(self, time: datetime) -> Point | None:
        """Where it stood at a time, and since when."""
        return next((point for point in reversed(self.points) if point[0] <= time), None)

    @property
    def essence(self) -> tuple[object, ...]:
        """What others are compared with."""
        return self.trader, self.traits, self.numbers, self.points, self.into


def filed(held: Filing, event: Event, kinds: Numbers, rank: Rank) -> Filing:
    """After an event that has not been applied; the same if that changes nothing that others are compared with."""
    match event.data:
        case Merged(into):
            now = replace(held, into=into)
        case Changed() as changed:
            now = _changed(held, changed, kinds, rank)
        case _:
            return held
    if now.essence == held.essence:
        return held
    return replace(now, epoch=event.epoch, seq=event.seq, at=event.at, quiet=not event.notify)


def _changed(held: Filing, changed: Changed, kinds: Numbers, rank: Rank) -> Filing:
    traits = {trait for fact in changed.receipts for trait in _traits(fact.receipt)}
    numbers = {number for number in changed.numbers if _identifies(held.declaration, number, kinds)}
    course = changed.course
    return replace(
        held,
        trader=course.trader if course else held.trader,
        traits=held.traits if traits <= {*held.traits} else tuple(sorted({*held.traits} | traits)[:MOST_TRAITS]),
        numbers=held.numbers if numbers <= {*held.numbers} else tuple(sorted({*held.numbers} | numbers)[:MOST_NUMBERS]),
        points=_points(course, rank) if course else held.points,
    )


def _traits(receipt: Receipt) -> Iterator[str]:
    if print_of_goods := receipt.details.get("goods_fingerprint"):
        yield f"goods:{print_of_goods}"
    yield from (f"bill:{one}" for one in receipt.details.get("bill_hashes", "").split())


def _identifies(declaration: str, number: str, kinds: Numbers) -> bool:
    """Whether a number is of this declaration only, and not its own."""
    authority, _, own = declaration.partition(":")
    named = f"{authority}:{number}"
    return number != own and kinds.role(authority, number) != "search" and not named.startswith(kinds.reusable)


def _points(course: Course, rank: Rank) -> tuple[Point, ...]:
    """What it came to before it came where it stands; what is told of later was taken back."""
    before = [(at, rank(stage), stage) for stage, at in course.stage_times.items() if at < course.since]
    return *((at, stage) for at, _, stage in sorted(before)), (course.since, course.stage)


def are_two(one: Filing, other: Filing) -> bool:
    """Whether two are certainly not one declaration under two numbers: they have different numbers of one kind, and
    none that both have."""
    mine, yours = _by_kind(one), _by_kind(other)
    shared = [(mine[kind], yours[kind]) for kind in mine.keys() & yours.keys()]
    return bool(shared) and all(a.isdisjoint(b) for a, b in shared)


def _by_kind(one: Filing) -> dict[str, set[str]]:
    kinds: dict[str, set[str]] = {}
    for number in (one.declaration.partition(":")[2], *one.numbers):
        kinds.setdefault(number.partition(":")[0], set()).add(number)
    return kinds
