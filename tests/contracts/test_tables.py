"""A table that is broken is refused at start, naming file, line and column."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from clearance.contracts import InvalidTable, load_codes, load_number_kinds
from clearance.contracts.codes import CODES
from clearance.contracts.transport_modes import load_transport_modes

HEADER = "code,qualifier,when,status,conditional,keeps,alert,zh,en,reason,source"
GOOD = "A,,,received,,,,好,good,,a test"


@pytest.fixture
def codes(tmp_path: Path) -> Path:
    """A copy of the shipped tables that may be broken."""
    return Path(shutil.copytree(CODES, tmp_path / "codes"))


def refused(load: Callable[[Path], object], folder: Path, where: str, why: str) -> None:
    with pytest.raises(InvalidTable, match=re.escape(f"{where}: ") + ".*" + re.escape(why)):
        load(folder)


ROWS = {
    "unknown status": ("B,,,teleported,,,,x,x,,a test", 3, "status 'teleported' is not in status.csv"),
    "duplicate code": (GOOD, 3, "stands already in line 2"),
    "missing reason": ("B,,,,,,,x,x,,a test", 3, "a code without a status needs a reason"),
    "one cell too few": ("B,,,received,,,,x,x,", 3, "the number of cells differs from the header"),
    "one cell too many": ("B,,,received,,,,x,x,,a test,", 3, "the number of cells differs from the header"),
    "no code": (",,,received,,,,x,x,,a test", 3, "code: Field required"),
    "no source": ("B,,,received,,,,x,x,,", 3, "source: Field required"),
    "unknown history": ("B,,once,received,,,,x,x,,a test", 3, "when: Input should be 'received'"),
    "no rule": ("B,,,received,,,late,x,x,,a test", 3, "alert: String should match pattern"),
    "neither yes nor no": ("B,,,received,maybe,,,x,x,,a test", 3, "conditional: Input should be a valid boolean"),
}


@pytest.mark.parametrize("what", ROWS)
def test_broken_row_is_refused_with_its_line(what: str, codes: Path) -> None:
    row, line, why = ROWS[what]
    (codes / "uk-dms.csv").write_text(f"{HEADER}\n{GOOD}\n{row}\n", encoding="utf-8")
    refused(load_codes, codes, f"uk-dms.csv:{line}", why)


def test_good_row_is_read(codes: Path) -> None:
    (codes / "uk-dms.csv").write_text(f"{HEADER}\n{GOOD}\n", encoding="utf-8")
    assert [meaning.status for meaning in load_codes(codes).meaning("uk-dms", "A", "")] == ["received"]


def test_unknown_column_is_refused(codes: Path) -> None:
    (codes / "uk-dms.csv").write_text(f"{HEADER},colour\n{GOOD},red\n", encoding="utf-8")
    refused(load_codes, codes, "uk-dms.csv:2", "colour: Extra inputs are not permitted")


def test_missing_column_is_refused(codes: Path) -> None:
    (codes / "uk-dms.csv").write_text("code,status\nA,received\n", encoding="utf-8")
    refused(load_codes, codes, "uk-dms.csv:1", "the header lacks en, source, zh")


def test_bad_encoding_is_refused(codes: Path) -> None:
    (codes / "cn-channel.csv").write_bytes(f"{HEADER}\n{GOOD}\n".encode("gb18030"))
    refused(load_codes, codes, "cn-channel.csv:1", "cannot be read: 'utf-8' codec")


def test_open_quote_is_refused(codes: Path) -> None:
    (codes / "uk-dms.csv").write_text(f'{HEADER}\n{GOOD}\nB,"open\n', encoding="utf-8")
    refused(load_codes, codes, "uk-dms.csv:1", "cannot be read: unexpected end of data")


def test_missing_table_is_refused(codes: Path) -> None:
    (codes / "status.csv").unlink()
    refused(load_codes, codes, "status.csv:1", "cannot be read")


def test_folder_without_code_tables_is_refused(codes: Path) -> None:
    for path in codes.glob("*-*.csv"):
        path.unlink()
    refused(load_codes, codes, "codes:1", "holds no code table")


def change(path: Path, old: str, new: str) -> int:
    """Replace the first `old`; the line in which it stood."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_status_that_ends_what_is_no_obligation_is_refused(codes: Path) -> None:
    line = change(codes / "status.csv", "docs_required suspended,", "docs_required released,")
    refused(load_codes, codes, f"status.csv:{line}", "ends: ['released'] are no obligations")


def test_status_of_no_group_is_refused(codes: Path) -> None:
    line = change(codes / "status.csv", "in_preparation", "somewhere")
    refused(load_codes, codes, f"status.csv:{line}", "group: Input should be")


def test_number_of_no_known_authority_is_refused(codes: Path) -> None:
    line = change(codes / "numbers.csv", "uk,lrn,", "fr,lrn,")
    refused(load_number_kinds, codes, f"numbers.csv:{line}", "authority: Input should be 'cn' or 'uk'")


def test_second_kind_of_one_name_is_refused(codes: Path) -> None:
    line = change(codes / "numbers.csv", "uk,lrn,", "uk,mrn,")
    refused(load_number_kinds, codes, f"numbers.csv:{line}", "('uk', 'mrn') stands already in line")


def test_primary_number_that_is_not_first_is_refused(codes: Path) -> None:
    line = change(codes / "numbers.csv", "uk,mrn,primary,0,", "uk,mrn,primary,4,")
    refused(load_number_kinds, codes, f"numbers.csv:{line}", "a primary number, and no other, has order 0")


def test_unknown_transport_mode_is_refused(codes: Path) -> None:
    line = change(codes / "cn-transport-mode.csv", ",sea,", ",submarine,")
    refused(load_transport_modes, codes, f"cn-transport-mode.csv:{line}", "mode: Input should be 'sea'")
