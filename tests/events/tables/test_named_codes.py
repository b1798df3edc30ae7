"""Codes in particulars are named by their authority, where it has the tables."""

from pathlib import Path

import pytest

from clearance.contracts.tables import InvalidTable
from clearance.events.tables.named_codes import load_named_codes
from clearance.settings.tables import authorities

HEADER = "code,zh,en,source\n"


def test_an_authority_may_name_none(tmp_path: Path) -> None:
    assert load_named_codes(tmp_path) == {}


def test_errors_and_steps_of_pointers_are_apart(tmp_path: Path) -> None:
    (tmp_path / "error-codes.csv").write_text(f"{HEADER}1,错,wrong,somewhere\n", encoding="utf-8")
    (tmp_path / "pointers.csv").write_text(f"{HEADER}1,项,item,somewhere\n", encoding="utf-8")
    found = load_named_codes(tmp_path)
    assert (found["error", "1"].en, found["pointer", "1"].zh) == ("wrong", "项")


def test_a_code_that_stands_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pointers.csv").write_text(f"{HEADER}1,项,item,x\n1,项,item,x\n", encoding="utf-8")
    with pytest.raises(InvalidTable, match=r"pointers\.csv:3: .* stands already in line 2"):
        load_named_codes(tmp_path)


def test_every_table_that_is_installed_can_be_read() -> None:
    named = [code for authority in authorities() for code in authority.named_codes]
    assert ("error", "CDS12005") in named
    assert ("pointer", "68A") in named
