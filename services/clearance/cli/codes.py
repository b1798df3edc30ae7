"""`clearance codes`: the code tables, as they are in force."""

from typing import Annotated

import typer
from rich.table import Table

from clearance.cli import options
from clearance.settings.tables import default_tables

EXAMPLES = """
Examples:

  clearance codes uk-dms                        one code list

  clearance codes --kept                        codes that are kept and flagged, and why
"""


def codes(
    system: Annotated[str | None, typer.Argument(help="One code list; all of them if left out.")] = None,
    kept: Annotated[bool, typer.Option("--kept", help="Only codes that have no canonical status.")] = False,
) -> None:
    """Print what every code means, and where that is said."""
    tables = default_tables().codes
    if system is not None and system not in tables.systems:
        raise typer.BadParameter(f"{system} is no code list; known: {', '.join(sorted(tables.systems))}")
    table = Table(box=None)
    for column in ("system", "code", "canonical status", "zh", "en", "reason" if kept else "source"):
        table.add_column(column, overflow="fold")
    for name, meaning in tables.rows():
        row = meaning.row
        if (system is None or name == system) and not (kept and meaning.status):
            code = " ".join(filter(None, (row.code, row.qualifier, f"if {row.signs}" if row.when else "")))
            table.add_row(name, code, meaning.status or "kept", row.zh, row.en, row.reason if kept else row.source)
    options.console().print(table)
