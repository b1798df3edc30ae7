"""What a key lets its bearer do, and who may hold such a key. Which scopes there are stands in `scopes.csv`."""

from functools import cache
from pathlib import Path
from typing import Literal

from clearance.contracts.tables import Row, index

Holder = Literal["organisation", "connection", "operator"]


class ScopeRow(Row):
    """One scope. `holder` is who may hold it: an organisation, a trusted connection, whoever runs clearance."""

    scope: str
    holder: Holder
    includes: str = ""
    meaning: str


@cache
def scope_rows() -> dict[str, ScopeRow]:
    """The table by the name of the scope. Raises `InvalidTable`."""
    path = Path(__file__).parent / "scopes.csv"
    return index(path, ((row.scope, row) for row in ScopeRow.read(path)))


@cache
def allowed(scopes: tuple[str, ...]) -> frozenset[str]:
    """These scopes and those that they include."""
    return frozenset((*scopes, *(one for scope in scopes for one in scope_rows()[scope].includes.split())))


def held_by(holder: Holder) -> tuple[str, ...]:
    """The scopes that such a holder may have."""
    return tuple(name for name, row in scope_rows().items() if row.holder == holder)
