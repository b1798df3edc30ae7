"""Declarations of the same goods, as the analyst told them of one: what it may repeat, and what it is filed anew for.

A fact like any other, though no authority has told it: of two, the later one counts.
"""

from datetime import UTC, datetime
from typing import Literal

from msgspec import Struct

Shared = Literal["bill", "goods"]
"""What two declarations of one consignor have in common: a bill of lading, or the fingerprint of all lines of goods."""
KINDS: tuple[Shared, ...] = ("bill", "goods")
MOST = 5
"""Others that one declaration names."""


class Counterpart(Struct, frozen=True, gc=False, order=True):
    """Another declaration, and what both share. `since`: from when on it was silent, or turned down, when this was
    filed. `other_bill`: both name bills of lading, and none that is the same, so it may be another shipment."""

    declaration: str
    shares: tuple[Shared, ...]
    since: datetime
    other_bill: bool = False


Says = tuple[tuple[Counterpart, ...], Counterpart | None]
"""Possible duplicates, and what is filed anew."""


class Related(Struct, frozen=True, gc=False):
    """`filed_at` is when the declaration was filed. `possible_duplicate_of` are others that were filed before and were
    without a decision then, the first one first; `refiles` is the one whose rejection it was filed after."""

    at: datetime
    filed_at: datetime
    possible_duplicate_of: tuple[Counterpart, ...] = ()
    refiles: Counterpart | None = None

    @property
    def all(self) -> tuple[Counterpart, ...]:
        """Every other declaration that it names."""
        return self.possible_duplicate_of if self.refiles is None else (*self.possible_duplicate_of, self.refiles)

    @property
    def says(self) -> Says:
        """What it tells, whenever that was."""
        return self.possible_duplicate_of, self.refiles


UNRELATED = Related(datetime(1, 1, 1, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC))


def later(held: Related, told: Related) -> Related:
    """Of two that were told, the one that counts; the one held if they are equal."""
    return held if held == told else max(held, told, key=lambda one: (one.at, repr(one)))
