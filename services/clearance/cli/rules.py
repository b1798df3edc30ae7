"""`clearance rules`: what counts as wrong after how long, for which declarations, and which row of which file says."""

from pathlib import Path
from typing import Annotated, Literal, get_args

import msgspec
import typer

from clearance.cli import options
from clearance.cli.office_hours_shown import show_office_hours
from clearance.cli.rules_shown import as_data, show_rules
from clearance.events.tables.durations import Kind, Mode
from clearance.events.tables.tables import Tables, longest
from clearance.events.tables.thresholds import applying
from clearance.settings.tables import tables_with

EXAMPLES = """
Examples:

  clearance rules                                       every rule, wherever it differs

  clearance rules --authority cn --office 2901 --direction export     what holds for such a declaration

  clearance rules --rule A05 --lang zh                  one rule, in Chinese

  clearance rules --durations thresholds.csv --json     a file of your own, before it is put into force
"""


def rules(
    authority: Annotated[str, typer.Option(help="Only declarations with this authority.")] = "",
    office: Annotated[str, typer.Option(help="Only those of this customs office; its authority is named too.")] = "",
    direction: Annotated[Literal["", "import", "export"], typer.Option(help="import or export.")] = "",
    mode: Annotated[str, typer.Option(help=f"How the goods travel: {', '.join(get_args(Mode))}.")] = "",
    organisation: Annotated[str, typer.Option(help="Only those that name this identifier of a party.")] = "",
    rule: Annotated[str, typer.Option(help="Only this rule.")] = "",
    durations: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Thresholds of your own, over those that ship.")
    ] = None,
    language: options.Lang = "en",
    as_json: options.Json = False,
) -> None:
    """Print what counts as wrong after how long, who is to be told, and which row of which file says so.

    Of the rows that apply to a declaration the most specific counts; those that it comes before are named beside it.
    """
    tables = tables_with(durations)
    _check(tables, authority, office, mode, rule)
    asked = Kind(authority, direction, mode, office=office, organisation=organisation)
    found = [one for one in applying(tables, asked) if rule in ("", one.rule)]
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(as_data(found, tables)), indent=2).decode())
    else:
        show_rules(options.console(), found, tables, language, rule)
        if any(row.calendar == "working" for one in found for row in one.rows):
            show_office_hours(options.console(), tables, authority, office, language)


def _check(tables: Tables, authority: str, office: str, mode: str, rule: str) -> None:
    """Raises `typer.BadParameter` for what nothing could apply to."""
    if authority and authority not in tables.authorities:
        raise typer.BadParameter(f"{authority} is not installed; there are {', '.join(tables.authorities)}")
    if office and not authority:
        raise typer.BadParameter("say whose office it is: --authority")
    if office and not longest(office, tables.authorities[authority].offices):
        raise typer.BadParameter(f"{office} is no customs office that {authority} is known to have (its offices.csv)")
    if mode and mode not in get_args(Mode):
        raise typer.BadParameter(f"{mode} is none of {', '.join(get_args(Mode))}")
    if rule and rule not in tables.rules:
        raise typer.BadParameter(f"{rule} is not in rules.csv")
