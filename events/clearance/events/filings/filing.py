"""What tells whether two declarations are of the same goods, as the events of one declaration tell it. Pure.

The surprise: what was named only grows. So it follows from the set of what was told, and a bill of lading that was
corrected later still finds the declaration that names it.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from msgspec import Struct

from clearance.events.learning.course import Course
from clearance.events.receipts.related import Related
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
    `seq` tells which event it follows from, `at` the time of that; `quiet`: that was history. `told` is what the
    declaration holds of what it was told of others."""

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
    told: Related | None = None

    @property
    def number(self) -> str:
        """Its own number, `kind:value`."""
        return self.declaration.partition(":")[2]

    @property
    def names_bill(self) -> bool:
        return any(trait.startswith("bill:") for trait in self.traits)

    @property
    def filed_at(self) -> datetime | None:
        """When customs was first asked for something; None for a draft."""
        return next((at for at, stage in self.points if stage not in (START, "draft")), None)

    @property
    def stage(self) -> str:
        return self.points[-1][1] if self.points else ""

    @property
    def stands_since(self) -> datetime | None:
        return self.points[-1][0] if self.points else None

    def at_time(self, time: datetime) -> Point | None:
        """Where it stood at a time, and since when."""
        return next((point for point in reversed(self.points) if point[0] <= time), None)


class Named(Struct, frozen=True, gc=False):
    """What the events of a declaration have named that others may share, sorted; it only grows."""

    traits: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()


NOTHING_NAMED = Named()


def named(held: Named, event: Event, kinds: Numbers) -> Named:
    """With what an event names; the same if that is nothing new."""
    if not isinstance(event.data, Changed):
        return held
    traits = {trait for fact in event.data.receipts for trait in _traits(fact.receipt)}
    numbers = {number for number in event.data.numbers if _identifies(event.declaration, number, kinds)}
    if traits <= {*held.traits} and numbers <= {*held.numbers}:
        return held
    return Named(_with(held.traits, traits)[:MOST_TRAITS], _with(held.numbers, numbers)[:MOST_NUMBERS])


def filing_of(event: Event, name: Named, course: Course, rank: Rank, told: Related | None = None) -> Filing:
    """The declaration of an event as it is compared with others."""
    return Filing(
        declaration=event.declaration,
        epoch=event.epoch,
        seq=event.seq,
        at=event.at,
        trader=course.trader,
        traits=name.traits,
        numbers=name.numbers,
        points=_points(course, rank),
        into=event.data.into if isinstance(event.data, Merged) else "",
        quiet=not event.notify,
        told=told,
    )


def _with(held: tuple[str, ...], more: set[str]) -> tuple[str, ...]:
    return tuple(sorted({*held} | more))


def _traits(receipt: Receipt) -> Iterator[str]:
    if goods := receipt.details.get("goods_fingerprint"):
        yield f"goods:{goods}"
    yield from (f"bill:{one}" for one in receipt.details.get("bill_hashes", "").split())


def _identifies(declaration: str, number: str, kinds: Numbers) -> bool:
    """Whether a number is of this declaration only, and not its own."""
    authority, _, own = declaration.partition(":")
    whole = f"{authority}:{number}"
    return number != own and kinds.role(authority, number) != "search" and not whole.startswith(kinds.reusable)


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
    for number in (one.number, *one.numbers):
        kinds.setdefault(number.partition(":")[0], set()).add(number)
    return kinds
