"""Lists as sheets: all rows, in the language asked for, nothing in a cell runs, and a page at a time in memory."""

import csv
import io
import zipfile
from xml.etree import ElementTree

import pytest
from tests.api.client import Client
from tests.api.system import System

from clearance.api import parameters
from clearance.api.listing import Format, _accepted
from clearance.api.models import Anomaly, DeclarationRow
from clearance.api.sheets import MAIN, Csv, Xlsx, cells, columns, headings

STORIES = ("held-then-released", "rejected-and-left", "uk-export-exits")
HELD = "cn:unified:E20260004010000003"


def read_csv(content: bytes) -> list[list[str]]:
    return [*csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))]


def read_xlsx(content: bytes) -> list[list[str]]:
    """Each cell is text and nothing else: no formulas, no types that a reader would guess."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert book.testzip() is None
        root = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314 # made here
    found = [*root.iter(f"{{{MAIN}}}c")]
    assert {one.get("t") for one in found} == {"inlineStr"}
    assert not [*root.iter(f"{{{MAIN}}}f")]
    rows = root.iter(f"{{{MAIN}}}row")
    return [[one.text or "" for one in row.iter(f"{{{MAIN}}}t")] for row in rows]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("path", ["declarations", "anomalies"])
def test_a_sheet_holds_what_the_list_holds(system: System, client: Client, path: str, kind: str) -> None:
    system.play(*STORIES)
    told = client.get(f"/v1/{path}?limit=500" + ("&state=any" if path == "anomalies" else "")).json()[path]
    answer = client.get(f"/v1/{path}", params={"format": kind} | ({"state": "any"} if path == "anomalies" else {}))
    rows = read_csv(answer.content) if kind == "csv" else read_xlsx(answer.content)
    assert rows == [headings(path, "en"), *(cells(path, row, "en") for row in told)]
    assert len(rows) > 2
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{path}.{kind}"'
    assert "Clearance-As-Of" in answer.headers


def test_all_pages_are_in_it(system: System, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    system.play(*STORIES)
    monkeypatch.setattr(parameters, "MOST", 1)
    rows = read_csv(client.get("/v1/declarations?format=csv").content)
    assert len(rows) == 1 + len(client.get("/v1/declarations").json()["declarations"]) > 3
    assert len({row[0] for row in rows}) == len(rows)


def test_headings_and_words_are_in_the_language_asked_for(system: System, client: Client) -> None:
    system.play("held-then-released")
    answer = client.get("/v1/declarations?format=csv", headers={"Accept-Language": "zh"})
    assert answer.content.startswith(b"\xef\xbb\xbf")
    [row] = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
    assert (row["报关单"], row["状态"], row["未结束"]) == (HELD, "已放行", "是")
    assert answer.headers["Content-Language"] == "zh"


def test_a_time_has_its_zone(system: System, client: Client) -> None:
    system.play("held-then-released")
    [row] = csv.DictReader(io.StringIO(client.get("/v1/declarations?format=csv").content.decode("utf-8-sig")))
    assert row["at its stage since"] == "2026-03-03T00:10:00Z"


@pytest.mark.parametrize("begins", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"])
def test_what_looks_like_a_formula_is_text(begins: str) -> None:
    assert read_csv(Csv().rows([["x", begins]])) == [["x", f"'{begins}"]]
    book = Xlsx()
    [[cell]] = read_xlsx(book.rows([[begins]]) + book.end())
    assert cell == begins.replace("\r", "\n")


def test_what_xml_cannot_hold_is_marked_and_a_long_cell_cut() -> None:
    book = Xlsx()
    [[one, two, three]] = read_xlsx(book.rows([["a\x00b\ud800", "<&>", "x" * 40_000]]) + book.end())
    assert (one, two, len(three)) == ("a�b�", "<&>", 32_767)


def test_a_sheet_is_made_piece_by_piece() -> None:
    for sheet in (Csv(), Xlsx()):
        pieces = [len(sheet.rows([[str(n * 7919), "text"] for n in range(page, page + 500)])) for page in range(400)]
        assert sum(pieces[1:]) > 100_000
        assert max(pieces) < 100_000


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "json"),
        ("*/*", "json"),
        ("text/csv", "csv"),
        ("text/html, */*;q=0.8", "json"),
        ("application/json, text/csv", "json"),
        ("application/json;q=0.5, text/csv", "csv"),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
        ("text/csv;q=x", "csv"),
    ],
)
def test_accept_names_the_format(accept: str, kind: Format) -> None:
    assert _accepted(accept) == kind


def test_accept_is_heard_and_format_goes_first(system: System, client: Client) -> None:
    system.play("held-then-released")
    for asked, told in (("", "text/csv; charset=utf-8"), ("?format=json", "application/json")):
        answer = client.get(f"/v1/declarations{asked}", headers={"Accept": "text/csv"})
        assert answer.headers["Content-Type"] == told
        assert "Accept" in answer.headers["Vary"].replace("Accept-", "")


def test_every_column_is_a_field_of_its_list() -> None:
    for name, model in (("declarations", DeclarationRow), ("anomalies", Anomaly)):
        assert columns(name)
        assert {one.path.partition(".")[0] for one in columns(name)} <= {*model.model_fields}
