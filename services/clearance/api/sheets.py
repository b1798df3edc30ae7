"""Lists as sheets, CSV or xlsx, row by row. Which columns there are stands in `sheet-columns.csv`.

The surprise: every cell is text. What a message says may begin with `=`, and a spreadsheet would run it: in CSV such a
cell gets an apostrophe before it, and in xlsx it is marked as text.
"""

import csv
import io
import re
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Protocol
from xml.sax.saxutils import escape

from clearance.api.words import Language
from clearance.contracts.tables import Row

Cells = list[str]
BETWEEN = "; "
RUN = re.compile(r"^[=+\-@\t\r\n＝＋－＠]")
"""How a cell begins that some spreadsheet takes for a formula."""
NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
LONGEST_CELL = 32_767
"""Characters that a cell of xlsx may have."""
YES_NO: dict[Language, tuple[str, str]] = {"zh": ("否", "是"), "en": ("no", "yes")}


class Column(Row):
    """One column of a list: `path` leads to its values in the JSON of a row; of several, all are shown."""

    list: str
    path: str
    zh: str
    en: str


@cache
def columns(name: str) -> tuple[Column, ...]:
    """The columns of a list, in order. Raises `InvalidTable`."""
    rows = Column.read(Path(__file__).parent / "sheet-columns.csv")
    return tuple(row for row in rows if row.list == name)


def headings(name: str, language: Language) -> Cells:
    return [one.zh if language == "zh" else one.en for one in columns(name)]


def cells(name: str, row: dict[str, Any], language: Language) -> Cells:
    """One row, by the JSON of it."""
    return [_cell(row, one.path.split("."), language) for one in columns(name)]


def _cell(value: Any, steps: list[str], language: Language) -> str:
    if isinstance(value, list):
        return BETWEEN.join(filter(None, (_cell(one, steps, language) for one in value)))
    if value is None:
        return ""
    if steps:
        return _cell(value[steps[0]], steps[1:], language)
    return YES_NO[language][value] if isinstance(value, bool) else str(value)


class Sheet(Protocol):
    """Takes rows and gives bytes, some now and the rest at the end."""

    media_type: str

    def rows(self, rows: list[Cells]) -> bytes: ...

    def end(self) -> bytes: ...


class Csv:
    """RFC 4180 in UTF-8, with the mark by which spreadsheets know that."""

    media_type = "text/csv; charset=utf-8"

    def __init__(self) -> None:
        self._mark = b"\xef\xbb\xbf"

    def rows(self, rows: list[Cells]) -> bytes:
        text = io.StringIO()
        csv.writer(text).writerows([f"'{cell}" if RUN.match(cell) else cell for cell in row] for row in rows)
        mark, self._mark = self._mark, b""
        return mark + text.getvalue().encode("utf-8", "replace")

    def end(self) -> bytes:
        return b""


class Xlsx:
    """The smallest workbook of ECMA-376: one sheet, cells as inline text, zipped while it is made."""

    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def __init__(self) -> None:
        self._out = _Drained()
        self._zip = zipfile.ZipFile(self._out, "w", zipfile.ZIP_DEFLATED, compresslevel=5)
        for name, text in PARTS.items():
            self._zip.writestr(name, text)
        self._sheet = self._zip.open("xl/worksheets/sheet1.xml", "w", force_zip64=True)
        self._sheet.write(f'{XML}<worksheet xmlns="{MAIN}"><sheetData>'.encode())

    def rows(self, rows: list[Cells]) -> bytes:
        self._sheet.write("".join(map(_row, rows)).encode())
        return self._out.drain()

    def end(self) -> bytes:
        self._sheet.write(b"</sheetData></worksheet>")
        self._sheet.close()
        self._zip.close()
        return self._out.drain()


SHEETS: dict[str, Callable[[], Sheet]] = {"csv": Csv, "xlsx": Xlsx}
"""By what `format` says."""
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
PARTS = {
    "[Content_Types].xml": f'{XML}<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{KIND}.worksheet+xml"/></Types>',
    "_rels/.rels": f'{XML}<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'{XML}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">'
    '<sheets><sheet name="clearance" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'{XML}<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}
"""What a workbook holds beside its sheet."""
CELL = '<c t="inlineStr"><is><t xml:space="preserve">{}</t></is></c>'


def _row(row: Cells) -> str:
    shown = (escape(NO_XML.sub("�", cell[:LONGEST_CELL])) for cell in row)
    return f"<row>{''.join(CELL.format(cell) for cell in shown)}</row>"


class _Drained(io.RawIOBase):
    """A file that is written on, and whose bytes are taken away meanwhile."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def drain(self) -> bytes:
        taken, self._parts = b"".join(self._parts), []
        return taken
