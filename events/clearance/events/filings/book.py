"""The book of filings: by consignor and trait, who else has filed the same goods.

What a declaration is related to follows from the filings as they are, in whatever order they came. The surprise:
whether the first was silent is asked of the time at which the second was filed, and not of today. A decision that comes
later takes nothing back: both are still being processed.
"""

from bisect import bisect_left, insort
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from clearance.events.filings.filing import TURNED_DOWN, UNDECIDED, Filing, Point, are_two
from clearance.events.receipts.related import KINDS, MOST, UNRELATED, Counterpart, Says, Shared

COMPARED_FOR = timedelta(days=60)
"""With what is filed later, from the time at which it came to where it stood then."""
KEPT_FOR = 2 * COMPARED_FOR
"""Behind what was filed last; so what is told two months late is compared all the same."""
MOST_FILINGS = 500_000
NEAREST = 16
"""Filings of one consignor with one trait that were filed directly before another, and as many behind it: no more are
compared with it."""

COMPARED = UNDECIDED | TURNED_DOWN
LONG_AGO = datetime.min.replace(tzinfo=UTC)
Key = tuple[str, str]
Filed = tuple[datetime, str]
"""When, and which declaration."""
Stood = tuple[Filing, Point]


class Book:
    """Mutable. `forgotten` are the declarations that were dropped, until they are taken."""

    def __init__(self) -> None:
        self._filings: dict[str, Filing] = {}  # the one that was changed longest ago first
        self._alike: dict[Key, list[Filed]] = {}  # in the order in which they were filed
        self._filed_last = LONG_AGO
        self.forgotten: list[str] = []

    def __len__(self) -> int:
        return len(self._filings)

    def take(self, filing: Filing) -> Collection[str]:
        """The declarations of which something else may be right by it. One that is not newer than the one held is a
        repeat."""
        name, held = filing.declaration, self._filings.get(filing.declaration)
        if held is not None and (filing.epoch, filing.seq) <= (held.epoch, held.seq):
            return ()
        near = {name} | self._near(held or filing)
        if held is not None:
            self._drop(held)
        self._enter(filing)
        near |= self._near(filing)
        self._forget()
        return near

    def filing(self, name: str) -> Filing | None:
        """As it was taken last; None of one that names nothing, or is forgotten."""
        return self._filings.get(name)

    def says(self, filing: Filing, told: Collection[Counterpart] = ()) -> Says:
        """What a declaration is related to. Of possible duplicates that were `told` of it, those stay that are
        forgotten."""
        if filing.into or (filed_at := filing.filed_at) is None:
            return UNRELATED.says
        before = self._before(filing, filed_at)
        return self._duplicates(filing, before, told), _filed_anew(filing, before)

    def _duplicates(
        self, filing: Filing, before: list[Stood], told: Collection[Counterpart]
    ) -> tuple[Counterpart, ...]:
        """Those that were silent, while both stand."""
        if filing.stage in TURNED_DOWN:
            return ()
        aliased = {self._filings[name].into for name in self._near(filing)}
        gone = [one for one in told if one.declaration not in self._filings and one.declaration not in aliased]
        silent = [
            _counterpart(filing, other, since)
            for other, (since, stage) in before
            if stage in UNDECIDED and other.stage not in TURNED_DOWN
        ]
        return tuple(sorted([*gone, *silent], key=lambda one: (one.since, one.declaration))[:MOST])

    def _before(self, filing: Filing, filed_at: datetime) -> list[Stood]:
        """Other declarations of the same goods that were filed before, and where each stood when this one was, each
        once: an alias stands for the declaration that it belongs to until that tells of the goods itself."""
        near = [self._filings[name] for name in self._near(filing) if name != filing.declaration]
        names, known = {one.declaration for one in near}, {number for one in near for number in one.numbers}
        return [
            (one, point)
            for one in near
            if (point := one.at_time(filed_at))
            and point[1] in COMPARED
            and filed_at - point[0] <= COMPARED_FOR
            and (one.filed_at, one.declaration) < (filed_at, filing.declaration)
            and one.into not in names
            and (one.into or one.number not in known)
            and are_two(filing, one)
        ]

    def _near(self, filing: Filing) -> set[str]:
        """Those next to it in any list, itself among them if it stands there. Before it was filed it is near none."""
        if (filed_at := filing.filed_at) is None:
            return set()
        lists = [self._alike.get(key, []) for key in _keys(filing)]
        places = [bisect_left(some, (filed_at, filing.declaration)) for some in lists]
        nearest = [some[max(at - NEAREST, 0) : at + NEAREST + 1] for some, at in zip(lists, places, strict=True)]
        return {name for some in nearest for _, name in some}

    def _enter(self, filing: Filing) -> None:
        self._filings[filing.declaration] = filing
        if (filed_at := filing.filed_at) is not None:
            self._filed_last = max(self._filed_last, filed_at)
            for key in _keys(filing):
                insort(self._alike.setdefault(key, []), (filed_at, filing.declaration))

    def _drop(self, filing: Filing) -> None:
        del self._filings[filing.declaration]
        if (filed_at := filing.filed_at) is not None:
            for key in _keys(filing):
                some = self._alike[key]
                del some[bisect_left(some, (filed_at, filing.declaration))]
                if not some:
                    del self._alike[key]

    def _forget(self) -> None:
        """What has stood still for long, and what is too many."""
        while self._filings:
            name, oldest = next(iter(self._filings.items()))
            since = oldest.stands_since or self._filed_last
            if self._filed_last - since <= KEPT_FOR and len(self._filings) <= MOST_FILINGS:
                return
            self._drop(oldest)
            self.forgotten.append(name)


def _keys(filing: Filing) -> list[Key]:
    """By what others are found; none of what names no consignor."""
    authority = filing.declaration.partition(":")[0]
    return [(f"{authority}:{filing.trader}", trait) for trait in filing.traits] if filing.trader else []


def _filed_anew(filing: Filing, before: list[Stood]) -> Counterpart | None:
    """The last one that had been turned down."""
    turned_down = [_counterpart(filing, other, since) for other, (since, stage) in before if stage in TURNED_DOWN]
    return max(turned_down, key=lambda one: (one.since, one.declaration), default=None)


def _counterpart(filing: Filing, other: Filing, since: datetime) -> Counterpart:
    shares = _shares(filing, other)
    other_bill = "bill" not in shares and filing.names_bill and other.names_bill
    return Counterpart(other.into or other.declaration, shares, since, other_bill)


def _shares(one: Filing, other: Filing) -> tuple[Shared, ...]:
    kinds = {trait.partition(":")[0] for trait in {*one.traits} & {*other.traits}}
    return tuple(kind for kind in KINDS if kind in kinds)
