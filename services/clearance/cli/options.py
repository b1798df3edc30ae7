"""Options that several commands share."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from msgspec import Struct, to_builtins
from rich.console import Console
from rich.table import Column, Table

from clearance.events.receipts.formats import checked_system
from clearance.events.values.errors import InvalidMessage
from clearance.events.values.times import parse_utc
from clearance.settings.tables import default_tables

Language = Literal["en", "zh"]


def _system(value: str) -> str:
    try:
        return checked_system(value, default_tables())
    except InvalidMessage as error:
        raise typer.BadParameter(error.reason) from error


def instant(value: str) -> datetime:
    """A time option. Raises `typer.BadParameter`."""
    try:
        return parse_utc(value)
    except ValueError as error:
        raise typer.BadParameter(f"{error}; write it as 2026-03-01T09:30:00Z") from error


Paths = Annotated[
    list[Path], typer.Argument(exists=True, readable=True, help="Message files, or folders of them, recordings too.")
]
FileOrNone = Annotated[
    Path | None, typer.Argument(exists=True, dir_okay=False, readable=True, help="The message.", show_default=False)
]
Organisation = Annotated[
    str,
    typer.Option(
        "--as",
        metavar="ORGANISATION",
        help="Through whose connection the messages came: within it local numbers (LRN, ClientSeqNo) identify.",
    ),
]
System = Annotated[
    str, typer.Option(callback=_system, help="The code list of CHANNEL codes, for an intermediary with one of its own.")
]
Lang = Annotated[Language, typer.Option("--lang", help="The language of the words.")]
Api = Annotated[str | None, typer.Option("--api", metavar="URL", help="The API; else CLEARANCE_API_URL.")]
DeclarationNumber = Annotated[
    str, typer.Argument(help="Any number of the declaration: unified, customs, MRN, LRN, bill of lading, container.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]


def console(stderr: bool = False) -> Console:
    """A console that takes text as it stands: what a message holds is no markup."""
    return Console(stderr=stderr, markup=False, highlight=False, emoji=False)


def table(whole: str, *others: str) -> Table:
    """A table without lines, of these columns. Where the terminal is narrow, cells go on below and nothing is cut; what
    other commands are given, an id, stands first and whole."""
    made = Table(Column(whole, no_wrap=True), box=None, pad_edge=False)
    for header in others:
        made.add_column(header, overflow="fold")
    return made


def plain(text: str) -> str:
    """Text of a message for a terminal: characters that would steer it are replaced."""
    return "".join(char if char.isprintable() or char == " " else "\ufffd" for char in text)


def as_line(one: Struct) -> str:
    """What the API answered, in JSON on one line."""
    return json.dumps(to_builtins(one), ensure_ascii=False)
