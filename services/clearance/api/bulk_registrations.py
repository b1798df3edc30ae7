"""`POST /v1/registrations`: many declarations are registered at once, each as by itself.

The surprise: it is no single transaction. Portions are kept one after the other, so that others get their turn; who is
told 503 in the middle sends all of it again, which changes nothing of what is kept.
"""

from functools import partial
from typing import Any

from fastapi import Request
from msgspec import Struct

from clearance.access import registrations
from clearance.access.registrations import Registration
from clearance.api import models
from clearance.api.answers import coded
from clearance.api.bundle import LINES
from clearance.api.page import page
from clearance.api.problems import documented
from clearance.api.registered import registrable
from clearance.api.registration_rows import COLUMNS, CSV, SEPARATOR, StatedLine, read_rows
from clearance.api.registrations import as_kept
from clearance.api.request import Ask, Asked, whole_body
from clearance.api.words import Words

router = page("registrations")
PORTION = 500
"""Rows in one transaction."""
UNCLEAR = "number: by its form it is none or several kinds of number; write the kind too"
FULL = "there are as many registrations as an organisation may have: withdraw some that you need no longer"
BODY: dict[str, Any] = {
    "required": True,
    "description": f"CSV in UTF-8 with headings, of {', '.join(f'`{one}`' for one in COLUMNS)}; several references or "
    f"labels of a cell with `{SEPARATOR}` between them. Or a line of JSON for each: the body of a single one, and "
    "`number`.",
    "content": {
        CSV: {
            "schema": {"type": "string"},
            "examples": {"rows": {"value": "number,references,labels\nE20260004010000003,PO-4711,spring;urgent\n"}},
        },
        LINES: {
            "schema": {"type": "string"},
            "examples": {"rows": {"value": '{"number": "E20260004010000003", "references": ["PO-4711"]}\n'}},
        },
    },
}


class Row(Struct, frozen=True):
    """What became of one row: the declaration, or the reason why it is refused."""

    line: int
    declaration: str = ""
    new: bool = False
    reason: str = ""


@router.post(
    "/v1/registrations",
    summary="Register many declarations",
    response_model=models.RegisteredRows,
    responses=documented(
        "foreign-origin", "malformed-request", "request-too-slow", "body-too-large", "rows-media-type"
    ),
    openapi_extra={"requestBody": BODY},
)  # fmt: skip
async def register_many(ask: Ask, request: Request) -> Any:
    """Say of up to 10,000 declarations that you have filed them. Each row replaces what you registered before, whole.

    200 tells of each row whether it was taken, and why not. Otherwise send all of it again: what comes twice changes
    nothing.
    """
    ask.speaks_of_nothing()
    said, body = request.headers.get("content-type", ""), await whole_body(request)
    lines = await ask.run("list", partial(read_rows, said, body, ask.words.language))
    made: list[Row] = []
    declared: dict[str, int] = {}
    for begin in range(0, len(lines), PORTION):
        if begin:
            ask.charge(1)
        made += await ask.run("list", partial(_kept, ask, lines[begin : begin + PORTION], declared))
    return told(made, ask.words)


def told(rows: list[Row], words: Words) -> models.RegisteredRows:
    """The rows as they are answered."""
    refused = sum(bool(one.reason) for one in rows)
    return models.RegisteredRows(
        accepted=len(rows) - refused, refused=refused, rows=[_told(one, words) for one in rows]
    )


def _told(row: Row, words: Words) -> models.RegisteredRow:
    return models.RegisteredRow(
        row=row.line,
        declaration=row.declaration,
        outcome=coded(words, "outcome", "refused" if row.reason else "accepted"),
        new=row.new,
        reason=row.reason,
    )


def _kept(ask: Asked, lines: list[StatedLine], declared: dict[str, int]) -> list[Row]:
    """One transaction. `declared` are the lines of the declarations that were read before, and of these."""
    read = [_read(ask, line, declared) for line in lines]
    given = [one for one in read if isinstance(one, Registration)]
    became = iter(registrations.register(ask.access, given, ask.most_registrations))
    return [
        one if isinstance(one, Row) else _of(line.line, one.declaration, next(became))
        for line, one in zip(lines, read, strict=True)
    ]


def _read(ask: Asked, line: StatedLine, declared: dict[str, int]) -> Registration | Row:
    if line.stated is None:
        return Row(line.line, reason=line.reason)
    ids = registrable(line.stated.number)
    if len(ids) != 1:
        return Row(line.line, reason=UNCLEAR)
    if (first := declared.setdefault(ids[0], line.line)) != line.line:
        return Row(line.line, reason=f"number: line {first} is of the same declaration")
    return as_kept(ask.organisation, ids[0], line.stated)


def _of(line: int, declaration: str, became: registrations.Kept) -> Row:
    if became == "full":
        return Row(line, reason=FULL)
    return Row(line, declaration=declaration, new=became == "new")
