"""`clearance explain`: what one message is, and the row of the table that says so."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from clearance.cli import options
from clearance.cli.broker import Bootstrap
from clearance.cli.epoch import DatabaseUrl
from clearance.cli.given_message import GivenMessage, from_file, from_log
from clearance.contracts.codes import Meaning
from clearance.events.receipts.formats import authority_of, parse
from clearance.events.receipts.routing import message_id as id_of
from clearance.events.receipts.routing import route
from clearance.events.values.errors import InvalidMessage
from clearance.events.values.receipt import Receipt
from clearance.events.values.times import rfc3339
from clearance.recordings.sidecar import UnreadableFile
from clearance.settings.tables import default_tables

EXAMPLES = """
Examples:

  clearance explain Receipt_I20220000971587171_20220301091833000.xml

  clearance explain --lang zh receipt.xml

  clearance explain --message-id 6f1c…          the message of this id, read from the log (64 hex digits)

  clearance explain --message-id 6f1c… --save message.xml
"""
MessageId = Annotated[
    str,
    typer.Option(
        metavar="ID", help="Of a message in the log: sha256 of its bytes; instead of a file.", show_default=False
    ),
]
Save = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Also write the bytes as they came into this new file.", exists=False),
]


LABELS = {
    "en": "means",
    "zh": "means",
    "status": "canonical status",
    "when": "when",
    "rule": "sets off rule",
    "row": "says the row",
    "source": "which has it from",
}


@dataclass(frozen=True)
class Explained:
    """One receipt of the message, in the order in which a person asks."""

    filed_under: str
    message_id: str
    format: str
    system: str
    numbers: list[str]
    code: str
    qualifier: str
    time: str
    text: str
    details: dict[str, str]
    meanings: list[dict[str, str]]


def explain(
    file: options.FileOrNone = None,
    organisation: options.Organisation = "self",
    system: options.System = "",
    language: options.Lang = "en",
    as_json: options.Json = False,
    message_id: MessageId = "",
    save: Save = None,
    bootstrap: Bootstrap = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Say what one message is: format, system, numbers, code, canonical meaning, and the row that says so.

    Exit code 1 if it is no message.
    """
    if (file is None) != bool(message_id):
        raise typer.BadParameter("name a file, or a message of the log with --message-id: one of them")
    try:
        given = from_file(file, organisation, system) if file else from_log(message_id, bootstrap, database_url)
        receipts = parse(given.data, default_tables(), sender=given.organisation, system=given.system)
        explained = [_explained(given, receipt) for receipt in receipts]
    except (InvalidMessage, UnreadableFile) as error:
        typer.echo(f"{file or message_id}: refused: {error}", err=True)
        raise typer.Exit(1) from error
    if save is not None:
        _save(save, given.data)
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(explained), indent=2).decode())
    else:
        for one in explained:
            _show(one, language)


def _save(file: Path, data: bytes) -> None:
    try:
        with file.open("xb") as opened:
            opened.write(data)
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be written: {error.strerror}", param_hint="--save") from error


def _explained(given: GivenMessage, receipt: Receipt) -> Explained:
    authority, kinds = authority_of(receipt), default_tables().numbers
    return Explained(
        filed_under=_filed(given, receipt),
        message_id=id_of(given.data),
        format=receipt.format,
        system=receipt.system,
        numbers=[f"{number} ({kinds.role(authority, number)})" for number in receipt.numbers],
        code=receipt.code,
        qualifier=receipt.qualifier,
        time=_time(receipt, given),
        text=receipt.text,
        details=receipt.details,
        meanings=_meanings(receipt),
    )


def _filed(given: GivenMessage, receipt: Receipt) -> str:
    try:
        children = route(
            given.data, default_tables(), sender=given.organisation, system=given.system, hints=given.hints
        )
    except InvalidMessage as error:
        return f"nothing: {error.reason}"
    return ", ".join(child.declaration for child in children if receipt.code in {one.code for one in child.receipts})


def _time(receipt: Receipt, given: GivenMessage) -> str:
    if receipt.occurred_at is None:
        stamp = given.stated_at if default_tables().authorities[authority_of(receipt)].time_in_name else None
        counts = f"{rfc3339(stamp)}, in the name of the file," if stamp else "the time of reception"
        return f"none stated; {counts} counts"
    return f"{rfc3339(receipt.occurred_at)} (written {receipt.authority_time}, precision {receipt.precision})"


def _meanings(receipt: Receipt) -> list[dict[str, str]]:
    found = default_tables().meaning(receipt.system, receipt.code, receipt.qualifier)
    return [_meaning(receipt, meaning, len(found) > 1) for meaning in found]


def _when(signs: str, one_of_several: bool) -> str:
    if signs:
        return f"where the signs are {signs}"
    return "in all other cases" if one_of_several else "always"


def _meaning(receipt: Receipt, meaning: Meaning, one_of_several: bool) -> dict[str, str]:
    row = meaning.row
    return {
        "status": meaning.status or f"none: {row.reason}",
        "when": _when(row.signs, one_of_several),
        "rule": row.alert or "–",
        "zh": row.zh,
        "en": row.en,
        "row": f"codes/{meaning.system}.csv:{row.line}",
        "source": row.source,
    }


def _show(one: Explained, language: options.Language) -> None:
    console, grid = options.console(), Table.grid(padding=(0, 2))
    for name in ("format", "system", "filed_under", "message_id", "time"):
        grid.add_row(name.replace("_", " "), getattr(one, name))
    grid.add_row("numbers", "\n".join(map(options.plain, one.numbers)) or "none")
    grid.add_row("code", f"{one.code} {one.qualifier}".strip())
    grid.add_row("text", options.plain(one.text) or "–")
    grid.add_row("details", "\n".join(options.plain(f"{name} {value}") for name, value in one.details.items()) or "–")
    console.print(grid)
    if not one.meanings:
        console.print(f"{one.system} has no code {one.code!r}: kept on the timeline, and flagged as A20")
        return
    for meaning in one.meanings:
        means = Table.grid(padding=(0, 2))
        for name in (language, "status", "when", "rule", "row", "source"):
            means.add_row(LABELS[name], meaning[name])
        console.print(means, "")
