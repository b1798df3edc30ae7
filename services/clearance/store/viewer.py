"""The viewer who asks, and the one clause that limits what they see. Every question takes a viewer.

The surprise: an organisation sees nothing yet. The store has no column of parties to filter by, so whoever is not
everybody is refused everything rather than shown something by mistake.
"""

from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, false


class Viewer(Struct, frozen=True):
    """An organisation by its name; "" is everybody: access is not controlled, and nothing is hidden."""

    name: str = ""

    @property
    def mark(self) -> str:
        """What tells an ETag or a cursor of this viewer from another's; "" for everybody."""
        return f" {self.name}" if self.name else ""


EVERYBODY = Viewer()


def visible(viewer: Viewer, declaration: ColumnElement[Any]) -> list[ColumnElement[bool]]:
    """The clauses that leave what the viewer may see of a table, whose column `declaration` holds ids."""
    return [] if viewer == EVERYBODY else [false()]
