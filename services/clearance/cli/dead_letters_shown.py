"""How dead letters look in a terminal, and as JSON."""

import json
from base64 import b64encode
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import typer
from rich.table import Table
from rich.text import Text

from clearance.cli import options
from clearance.cli.bytes_shown import shown_bytes
from clearance.events.values.times import rfc3339
from clearance.operations.dead_letters import StoredLetter
from clearance.operations.redrive import original


def show_list(letters: list[StoredLetter], limit: int, as_json: bool) -> None:
    """The newest of them, the oldest first."""
    shown = letters[-limit:]
    if as_json:
        typer.echo(json.dumps([as_dict(stored) for stored in shown], ensure_ascii=False, indent=2))
        return
    console = options.console()
    for stored in shown:
        console.print(_heading(stored), soft_wrap=True)
        console.print(f"    {options.plain(stored.letter.reason)}", soft_wrap=True)
    newest = f"; these are the newest {len(shown):,}" if len(shown) < len(letters) else ""
    console.print(f"{len(letters):,} set aside{newest}")


def _heading(stored: StoredLetter) -> Text:
    letter, at = stored.letter, rfc3339(stored.set_aside_at.replace(microsecond=0))
    of = options.plain(stored.key or "no declaration")
    came = f"from {stored.source}" if stored.source else "never appended"
    rest = f"  {letter.stage}  {at}  {letter.size:,} bytes  {of}  {came}"
    return Text.assemble((str(stored.place), "bold"), rest)


def as_dict(stored: StoredLetter) -> dict[str, Any]:
    """A dead letter without its bytes."""
    letter = stored.letter.model_dump(mode="json", exclude={"data", "headers"})
    at = rfc3339(stored.set_aside_at)
    return {"place": str(stored.place), "set_aside_at": at, "declaration": stored.key or None, **letter}


def show_letter(stored: StoredLetter, as_json: bool) -> None:
    """All of it."""
    letter = stored.letter
    if as_json:
        whole = letter.model_dump(mode="json", include={"headers", "data"})
        typer.echo(json.dumps(as_dict(stored) | whole, ensure_ascii=False, indent=2))
        return
    kept = f", of which the first {len(letter.original):,} are kept" if letter.truncated else ""
    rows = {
        "reason": letter.reason,
        "stage": letter.stage,
        "declaration": stored.key or "–",
        "came from": stored.source or "– (it never was in the log)",
        "set aside at": rfc3339(stored.set_aside_at),
        "received at": rfc3339(letter.at),
        "sha256": letter.sha256,
        "bytes": f"{letter.size:,}{kept}",
    }
    _show(rows, original(stored.key, letter).headers, letter.original)


def show_record(record: Any, as_json: bool) -> None:
    """Any record, as it stands."""
    at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
    value = record.value or b""
    rows = {"key": (record.key or b"").decode("utf-8", "replace") or "–", "timestamp": rfc3339(at)}
    if as_json:
        headers = {name: (text or b"").decode("utf-8", "replace") for name, text in record.headers}
        data = b64encode(value).decode()
        typer.echo(json.dumps(rows | {"headers": headers, "data": data}, ensure_ascii=False, indent=2))
        return
    _show(rows | {"bytes": f"{len(value):,}"}, record.headers, value)


def _show(rows: dict[str, str], headers: Iterable[tuple[str, bytes | None]], data: bytes) -> None:
    console, grid = options.console(), Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for name, text in rows.items():
        grid.add_row(name, options.plain(text))
    for name, value in headers:
        grid.add_row(f"header {options.plain(name)}", options.plain((value or b"").decode("utf-8", "replace")))
    console.print(grid)
    console.print(f"\n{shown_bytes(data)}", soft_wrap=True)
