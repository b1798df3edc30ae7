"""What each part of clearance keeps, and whether a backup holds it: the rows of `owned.csv`.

The order of its topics is the surprise: a backup looks at their ends in this order, which is that of writing turned
round. So whatever a record rests on is in the backup with it, though everything goes on meanwhile.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

from clearance.contracts import topics
from clearance.contracts.tables import Row, index
from clearance.kafka.names import FIRST, OF_AN_EPOCH, BaseLog, suffix

OWNED = Path(__file__).with_name("owned.csv")
Kind = Literal["topic", "access", "store", "folder"]
How = Literal["places", "records", "list", "progress", "rows"]


class Owned(Row):
    """What one part keeps. `kept`: in every `backup`; whole in one with the `log`; `given-back` by the topics; of the
    `moment`, and no loss; `theirs` whose files they are. A folder is named by the module that writes there. `how`:
    records at their `places`, `records` in their order, a `list` that is read in one go, the highest `progress` of each
    partition, `rows`. `version` is that of the form in which a backup holds it."""

    kind: Kind
    name: str
    owner: str
    kept: Literal["backup", "log", "given-back", "moment", "theirs"]
    how: How | None = None
    version: int = 0
    why: str = ""


@cache
def owned() -> Mapping[tuple[Kind, str], Owned]:
    """The rows by kind and name. Raises `InvalidTable`."""
    return index(OWNED, (((row.kind, row.name), row) for row in Owned.read(OWNED)))


def versions() -> dict[str, int]:
    """The version of the form of each thing that a backup holds, as a manifest tells it."""
    return {f"{kind} {name}": row.version for (kind, name), row in owned().items() if row.how}


def in_order(epochs: Sequence[int]) -> Iterator[tuple[str, How]]:
    """The topics of these epochs in the order in which their ends are looked at, and how each is kept. A later epoch is
    made of an earlier one, so it comes first."""
    for (kind, name), row in owned().items():
        if kind == "topic" and row.how:
            of = sorted(epochs, reverse=True) if name in OF_AN_EPOCH else (0,)
            for epoch in of:
                yield f"{name}{suffix(epoch)}", row.how


def partitions_of(topic: str, base: BaseLog = FIRST) -> int:
    """How many a topic of any epoch has that is fed from this base log."""
    return 1 if topics()[topic.partition(".e")[0]].key.is_ == "name" else base.partitions
