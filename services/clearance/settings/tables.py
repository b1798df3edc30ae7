"""The authorities that are installed, and the tables in force with them. Looked up once, and handed in everywhere else.

An authority is a package with an entry point in the group `clearance.authorities`: a function that returns an
`Authority` (`docs/authorities.md`).
"""

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from clearance.contracts.tables import InvalidTable
from clearance.events.tables.authority import Authority
from clearance.events.tables.loading import load_tables
from clearance.events.tables.tables import Tables
from clearance.settings import load

GROUP = "clearance.authorities"


@cache
def authorities() -> tuple[Authority, ...]:
    """Every authority that is installed. Raises `InvalidTable` naming the package that brings a broken one."""
    return tuple(_loaded(point) for point in sorted(entry_points(group=GROUP), key=lambda point: point.name))


@cache
def default_tables() -> Tables:
    """The tables as they ship, with the operator's durations and office hours over them. Raises `InvalidTable`."""
    return _with(_own(load().durations_file))


def tables_with(durations: Path | None) -> Tables:
    """The same with other durations of the operator's, read from this file. Raises `InvalidTable`."""
    return _with(durations) if durations else default_tables()


def _with(durations: Path | None) -> Tables:
    return load_tables(authorities(), durations=durations, calendar=_own(load().calendar_file))


def _own(path: str) -> Path | None:
    return Path(path) if path else None


def _loaded(point: EntryPoint) -> Authority:
    brought_by = point.dist.name if point.dist else "a package"
    remedy = f"install {brought_by} again, or uninstall it"
    try:
        found = point.load()()
    except (ImportError, AttributeError, TypeError) as error:
        raise InvalidTable(f"authority {point.name!r} of {brought_by} cannot be loaded ({error}): {remedy}") from error
    if not isinstance(found, Authority):
        raise InvalidTable(f"authority {point.name!r} of {brought_by}: {point.value} gives no Authority: {remedy}")
    return found
