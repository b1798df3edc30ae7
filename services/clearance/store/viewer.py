"""The viewer who asks, and the clauses that limit what they see. Every question takes a viewer.

A viewer sees a declaration if an identifier of theirs is among its parties, and then all of it. The surprise: a pointer
is seen with what it leads to, since the messages that name the parties may have come under either number.
"""

from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, func, select, union_all

from clearance.store.schema import declarations, parties

FEW = 20_000
"""Up to so many declarations of a viewer are gathered and sorted for a list; of more, the list is read in order, and
what is not theirs is passed over. Of ten million, either reads about that much for a page."""
POINTER = declarations.alias("pointer")


class Viewer(Struct, frozen=True):
    """Who asks, by name, and the identifiers `kind:value` that are theirs. "" is everybody: nothing is hidden.
    `organisation` is the id of the one that asks, whose commands are its own."""

    name: str = ""
    identifiers: tuple[str, ...] = ()
    organisation: str = ""

    @property
    def mark(self) -> str:
        """What tells an ETag or a cursor of this viewer from another's; "" for everybody."""
        return f" {self.name}" if self.name else ""


EVERYBODY = Viewer()
SOMEBODY = Viewer("somebody")
"""For whom statements are built once; `parameters` says who it is."""
IDENTIFIERS = "identifiers"


def visible(
    viewer: Viewer, declaration: ColumnElement[Any], leads_to: ColumnElement[Any] | None = None
) -> list[ColumnElement[bool]]:
    """The clauses that leave what the viewer may see of rows that are reached by another way. `declaration` holds ids,
    `leads_to` what these lead to, where that is at hand."""
    if viewer == EVERYBODY:
        return []
    if leads_to is None:
        of_pointer = select(POINTER.c.merged_into).where(POINTER.c.id == declaration)
        leads_to = of_pointer.correlate_except(POINTER).scalar_subquery()
    found = select(parties.c.declaration).where(parties.c.declaration.in_([declaration, leads_to]), _own(viewer))
    return [found.correlate_except(parties).exists()]


def among(viewer: Viewer, declaration: ColumnElement[Any]) -> list[ColumnElement[bool]]:
    """The same of rows that are reached from the declarations of the viewer."""
    return [] if viewer == EVERYBODY else [declaration.in_(theirs(viewer))]


def theirs(viewer: Viewer) -> Select[Any]:
    """Ids of the declarations of the viewer, and of what leads to them; some of them twice."""
    own = _own(viewer)
    leads = and_(parties.c.declaration == POINTER.c.merged_into, POINTER.c.merged_into > "")  # hardly any does
    leading = POINTER.join(parties, leads)
    both = union_all(
        select(parties.c.declaration.label("id")).where(own), select(POINTER.c.id).select_from(leading).where(own)
    ).subquery()
    return select(both.c.id)


def has_few(connection: Connection, viewer: Viewer) -> bool:
    """Whether it is shorter to begin with what is theirs than with all."""
    if viewer == EVERYBODY:
        return False
    return connection.execute(SOME, parameters(viewer)).scalar_one() <= FEW


def parameters(viewer: Viewer) -> dict[str, object]:
    """What makes a statement for `SOMEBODY` one for this viewer."""
    return {} if viewer == EVERYBODY else {IDENTIFIERS: list(viewer.identifiers)}


def _own(viewer: Viewer) -> ColumnElement[bool]:
    return parties.c.identifier.in_(bindparam(IDENTIFIERS, list(viewer.identifiers), expanding=True))


SOME = select(func.count()).select_from(select(parties.c.declaration).where(_own(SOMEBODY)).limit(FEW + 1).subquery())
