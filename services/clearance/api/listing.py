"""A list that is asked for as a sheet: all its pages, read one after the other while they are sent.

The surprise: rows may come twice. A declaration that changes while the sheet is made comes again at the end, as it is
then; the alternative, one moment for the whole sheet, would hold the database for as long as the client likes to read.
"""

from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any, Literal

from fastapi import Request, Response
from starlette.responses import StreamingResponse

from clearance.api.request import Asked
from clearance.api.sheets import SHEETS, Sheet, cells, headings

Format = Literal["json", "csv", "xlsx"]
SHEET: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
MOST_ROWS = 1_000_000
"""Rows of a sheet; xlsx has room for 1,048,576."""
TYPES: dict[str, Format] = {
    "application/json": "json",
    "*/*": "json",
    "text/csv": "csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}
"""What `Accept` may name."""
DOCUMENTED: dict[int | str, dict[str, Any]] = {
    200: {"content": {name: SHEET for name, kind in TYPES.items() if kind in SHEETS}}
}
"""For the OpenAPI document, of a list that may be asked for as a sheet."""
CUT = {
    "zh": f"超过 {MOST_ROWS} 行，其余未列出：请缩小范围",
    "en": f"there are more than {MOST_ROWS} rows: narrow what you ask for",
}
Page = tuple[list[dict[str, Any]], Any]
"""Rows as JSON, and the cursor of the next page, None after the last."""
Read = Callable[[Any], Page]
"""The page at a cursor, the first one at None."""


def wanted(ask: Asked, given: Format | None, request: Request) -> Format:
    """What the address says, else what `Accept` prefers, else JSON."""
    ask.headers["Vary"] = "Accept"
    return given or _accepted(request.headers.get("accept", ""))


def _accepted(header: str) -> Format:
    best: float = 0.0
    chosen: Format = "json"
    for one in header.lower().split(","):
        name, _, weight = one.partition(";")
        if (kind := TYPES.get(name.strip())) and (weighs := _weight(weight)) > best:
            best, chosen = weighs, kind
    return chosen


def _weight(given: str) -> float:
    text = given.strip().removeprefix("q=")
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 1.0


def as_sheet(ask: Asked, name: str, kind: Format, read: Read, cursor: Any) -> Response:
    """The sheet of a list; its first page is read here, so that what is refused is answered as ever."""
    made = Making(ask, name, SHEETS[kind](), read)
    sent = StreamingResponse(made.pieces(made.begin(cursor)), media_type=made.sheet.media_type)
    saved = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    sent.headers.update({**ask.headers, **saved})
    return sent


class Making:
    """One sheet while it is made; `more` is the cursor of its next page."""

    def __init__(self, ask: Asked, name: str, sheet: Sheet, read: Read) -> None:
        self.ask, self.name, self.sheet, self.read = ask, name, sheet, read
        self.rows = 0
        self.more: Any = None

    def begin(self, cursor: Any) -> bytes:
        """The headings and the first page."""
        return self.sheet.rows([headings(self.name, self.ask.words.language)]) + self.page(cursor)

    def page(self, cursor: Any) -> bytes:
        """One page, in the thread of a question."""
        rows, self.more = self.read(cursor)
        self.rows += len(rows)
        return self.sheet.rows([cells(self.name, row, self.ask.words.language) for row in rows])

    async def pieces(self, first: bytes) -> AsyncIterator[bytes]:
        """All of it. Raises `Problem`: the answer then breaks off, and its client sees that it is not whole."""
        yield first
        while self.more is not None and self.rows < MOST_ROWS:
            self.ask.charge(1)
            yield await self.ask.run("list", partial(self.page, self.more))
        cut = [] if self.more is None else [[CUT[self.ask.words.language]]]
        yield self.sheet.rows(cut) + self.sheet.end()
