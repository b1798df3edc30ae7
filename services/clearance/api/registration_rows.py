"""The body of a request that registers many declarations → its rows, each with what is wrong with it.

CSV with headings, or a line of JSON for each. A row that cannot be read is refused alone; headings that are not known
would be passed over in every row, so they are refused with the whole body.
"""

import csv
import io
from collections.abc import Iterator
from email.message import Message
from itertools import islice
from typing import Any

from msgspec import Struct
from pydantic import ValidationError

from clearance.api import models
from clearance.api.bundle import LINES
from clearance.api.invalid_values import why
from clearance.api.problems import Problem, broken
from clearance.api.words import Language

CSV = "text/csv"
ACCEPTED = (CSV, LINES)
MOST = 10_000
"""Rows in one request."""
SEPARATOR = ";"
"""Between references, and between labels, of a cell."""
LISTS = ("references", "labels")
PARTY_COLUMNS = {
    f"{party}_{field}": (party, field) for party in ("agent", "trade", "owner") for field in ("code", "scc", "name")
}
COLUMNS = ("number", "filed_at", *LISTS, *PARTY_COLUMNS)


class StatedLine(Struct, frozen=True):
    """One row: its line in the body, and what it says or why it cannot be read."""

    line: int
    stated: models.StatedRow | None = None
    reason: str = ""


def read_rows(content_type: str, body: bytes, language: Language) -> list[StatedLine]:
    """The rows of a body, at least one and at most `MOST`; why one cannot be read is said in this language. Raises
    `Problem`."""
    head = Message()
    head["Content-Type"] = content_type
    said = head.get_content_type() if content_type else ""
    if said not in ACCEPTED:
        raise Problem("rows-media-type", {"Accept": ", ".join(ACCEPTED)}, media_type=content_type[:100] or "none")
    found = list(islice(_of_csv(body, language) if said == CSV else _of_lines(body, language), MOST + 1))
    if not 0 < len(found) <= MOST:
        held = f"more than {MOST:,}" if found else "no"
        raise broken("body", f"it holds {held} rows; 1 to {MOST:,} are taken")
    return found


def _of_lines(body: bytes, language: Language) -> Iterator[StatedLine]:
    for number, line in enumerate(io.BytesIO(body), 1):
        if line.strip():
            yield _read(number, line, language)


def _of_csv(body: bytes, language: Language) -> Iterator[StatedLine]:
    try:
        rows = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True)
        columns = [one.strip() for one in next(rows, [])]
        _check(columns)
        for row in rows:
            if row:
                yield _of_row(rows.line_num, columns, row, language)
    except UnicodeDecodeError as error:
        raise broken("body", "it is not UTF-8: save the sheet as CSV UTF-8") from error
    except csv.Error as error:
        raise broken(f"line {rows.line_num}", str(error)) from error


def _check(columns: list[str]) -> None:
    if len(columns) == 1 and (other := next((one for one in ";\t" if one in columns[0]), None)):
        raise broken("line 1", f"its cells stand between {other!r}: save the sheet with `,` between them")
    if unknown := sorted({*columns} - {*COLUMNS}):
        raise broken("line 1", f"these headings are not known: {', '.join(unknown)[:200]}; known: {', '.join(COLUMNS)}")
    if "number" not in columns or len({*columns}) < len(columns):
        raise broken("line 1", "its headings name `number`, and each only once")


def _of_row(line: int, columns: list[str], row: list[str], language: Language) -> StatedLine:
    if len(row) != len(columns):
        return StatedLine(line, reason=f"it has {len(row)} cells, and there are {len(columns)} headings")
    cells = {column: cell.strip() for column, cell in zip(columns, row, strict=True) if cell.strip()}
    given: dict[str, Any] = {name: cells[name] for name in ("number", "filed_at") if name in cells}
    for name in LISTS:
        given[name] = [one.strip() for one in cells.get(name, "").split(SEPARATOR) if one.strip()]
    parties: dict[str, dict[str, str]] = {}
    for column, (party, field) in PARTY_COLUMNS.items():
        if column in cells:
            parties.setdefault(party, {})[field] = cells[column]
    return _read(line, given | {"parties": parties}, language)


def _read(line: int, given: bytes | dict[str, Any], language: Language) -> StatedLine:
    of = models.StatedRow
    try:
        return StatedLine(line, of.model_validate(given) if isinstance(given, dict) else of.model_validate_json(given))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = ".".join(map(str, first["loc"]))
        said = why(first["type"], first.get("ctx", {}), first["msg"], language)
        return StatedLine(line, reason=f"{name}: {said}"[:300] if name else said[:300])
